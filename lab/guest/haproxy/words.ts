/** HAProxy's way to write lines, times and addresses (its configuration manual, chapters 2.2, 2.5 and 11). */

/** Words of a line: quotes and backslashes hold words together, `#` begins a comment. @returns `null` for an open quote. */
export function wordsOf(line: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let index = 0; index < line.length; index += 1) {
    const letter = line.charAt(index);
    if (quote !== null) {
      if (letter === quote) quote = null;
      else if (letter === '\\' && quote === '"') word = `${word ?? ''}${line.charAt((index += 1))}`;
      else word = `${word ?? ''}${letter}`;
    } else if (letter === '#') {
      break;
    } else if (letter === "'" || letter === '"') {
      quote = letter;
      word ??= '';
    } else if (letter === '\\') {
      word = `${word ?? ''}${line.charAt((index += 1))}`;
    } else if (/\s/.test(letter)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = `${word ?? ''}${letter}`;
    }
  }
  if (quote !== null) return null;
  return word === null ? words : [...words, word];
}

const UNITS: Readonly<Record<string, number>> = {
  ...{ us: 0.001, ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 },
};

/** @returns milliseconds, or the character that has no place in a time. */
export function timeOf(text: string): number | { readonly unexpected: string } {
  const [, digits = '', unit = ''] = /^(\d*)(.*)$/s.exec(text) ?? [];
  const factor = unit === '' ? 1 : UNITS[unit];
  if (digits === '' || factor === undefined) return { unexpected: unit.charAt(0) };
  return Number(digits) * factor;
}

export interface Endpoint {
  readonly host: string;
  /** As it is written; `null` without one. */
  readonly port: string | null;
}

/** `10.0.0.1:6443`, `[fd00::1]:6443`, `:::6443`, `*:80`, `:80`. The last colon is the port's. */
export function endpointOf(text: string): Endpoint {
  const plain = text.replace(/^ipv[46]@/, '');
  const [, bracketed, bracketedPort] = /^\[([^\]]*)\](?::(.*))?$/.exec(plain) ?? [];
  if (bracketed !== undefined) return { host: bracketed, port: bracketedPort ?? null };
  const at = plain.lastIndexOf(':');
  return at < 0 ? { host: plain, port: null } : { host: plain.slice(0, at), port: plain.slice(at + 1) };
}

export function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}
