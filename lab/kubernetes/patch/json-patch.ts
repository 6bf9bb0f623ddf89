/** JSON Patch, RFC 6902. */
import { isJsonObject, sameJson } from '../model/json.js';
import { badRequest, StatusError } from '../model/status-error.js';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** @throws StatusError 400 for what is no patch, 422 for one that does not fit the document. */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch is a list of operations');
  const root = { '': structuredClone(document) };
  for (const operation of patch as unknown[]) {
    if (!isOperation(operation)) throw badRequest(`not an operation: ${JSON.stringify(operation)}`);
    perform(root, operation);
  }
  return root[''];
}

function perform(root: object, { op, path, from, value }: Operation): void {
  switch (op) {
    case 'add':
      return add(root, path, structuredClone(value));
    case 'remove':
      remove(root, path);
      return;
    case 'replace':
      remove(root, path);
      return add(root, path, structuredClone(value));
    case 'move':
      return add(root, path, remove(root, from ?? ''));
    case 'copy':
      return add(root, path, structuredClone(read(root, from ?? '')));
    case 'test':
      if (!sameJson(read(root, path), value)) throw unfit(`testing value ${path} failed`);
      return;
    default:
      throw badRequest(`unknown operation "${op}"`);
  }
}

function isOperation(value: unknown): value is Operation {
  return isJsonObject(value) && typeof value['op'] === 'string' && typeof value['path'] === 'string';
}

function unfit(message: string): StatusError {
  return new StatusError(
    'Invalid',
    `the server rejected our request due to an error in our request: ${message}`,
  );
}

/** The container of the pointed-at value and its step in it; the document itself is the member `''` of `root`. */
function locate(
  root: object,
  pointer: string,
): { readonly parent: Record<string, unknown> | unknown[]; readonly step: string } {
  if (pointer !== '' && !pointer.startsWith('/')) throw badRequest(`not a JSON pointer: ${pointer}`);
  const steps = pointer.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = steps.pop() ?? '';
  let at: unknown = root;
  for (const step of steps) {
    at = Array.isArray(at)
      ? at[Number(step)]
      : isJsonObject(at) && Object.hasOwn(at, step)
        ? at[step]
        : undefined;
  }
  if (!Array.isArray(at) && !isJsonObject(at)) throw unfit(`path ${pointer} does not exist`);
  return { parent: at, step: last };
}

function read(root: object, pointer: string): unknown {
  const { parent, step } = locate(root, pointer);
  if (Array.isArray(parent)) return parent[indexIn(parent, step, parent.length - 1)];
  if (!Object.hasOwn(parent, step)) throw unfit(`path ${pointer} does not exist`);
  return parent[step];
}

function add(root: object, pointer: string, value: unknown): void {
  const { parent, step } = locate(root, pointer);
  if (!Array.isArray(parent)) parent[step] = value;
  else parent.splice(step === '-' ? parent.length : indexIn(parent, step, parent.length), 0, value);
}

function remove(root: object, pointer: string): unknown {
  const { parent, step } = locate(root, pointer);
  if (Array.isArray(parent)) return parent.splice(indexIn(parent, step, parent.length - 1), 1)[0];
  if (!Object.hasOwn(parent, step)) throw unfit(`path ${pointer} does not exist`);
  const value = parent[step];
  delete parent[step];
  return value;
}

function indexIn(list: readonly unknown[], step: string, last: number): number {
  const index = /^(0|[1-9]\d*)$/.test(step) ? Number(step) : -1;
  if (index < 0 || index > last) throw unfit(`index ${step} is outside a list of ${list.length}`);
  return index;
}
