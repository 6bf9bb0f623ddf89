/** JSON pointers (RFC 6901): how faults say where they are. */

export type PathSegment = string | number;

export function pointerTo(path: readonly PathSegment[]): string {
  return path.map((segment) => `/${escapeSegment(String(segment))}`).join('');
}

/** Order for sorting as a reader of the document meets them: array positions by number, keys by code unit. */
export function comparePointers(a: string, b: string): number {
  const left = a.split('/');
  const right = b.split('/');
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const [x = '', y = ''] = [left[index], right[index]];
    if (x === y) continue;
    const areNumbers = isNumber(x) && isNumber(y);
    return areNumbers ? Number(x) - Number(y) : x < y ? -1 : 1;
  }
  return left.length - right.length;
}

function escapeSegment(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}

function isNumber(text: string): boolean {
  return /^\d{1,15}$/.test(text);
}
