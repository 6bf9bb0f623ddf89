/** Field selectors: `metadata.name=web,status.phase!=Running`. */
import type { KubeObject } from './kube-object.js';
import { valueAt } from './json.js';
import { badRequest } from './status-error.js';

interface FieldTerm {
  readonly path: readonly string[];
  readonly equal: boolean;
  readonly value: string;
}

export type FieldSelector = readonly FieldTerm[];

const ALWAYS: readonly string[] = ['metadata.name', 'metadata.namespace'];
const ESCAPES = /\\([\\,=])/g;

/** @param fields which the kind supports besides name and namespace. @throws StatusError 400 */
export function parseFieldSelector(text: string, fields: readonly string[]): FieldSelector {
  const terms = text.match(/(?:\\.|[^,])+/g) ?? [];
  return terms.map((term) => {
    const parsed = /^([\w./-]+)(==|=|!=)(.*)$/.exec(term);
    if (parsed === null) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
    const [, field = '', operator, value = ''] = parsed;
    if (!ALWAYS.includes(field) && !fields.includes(field))
      throw badRequest(`field label not supported: ${field}`);
    return { path: field.split('.'), equal: operator !== '!=', value: value.replaceAll(ESCAPES, '$1') };
  });
}

export function matchesFields(selector: FieldSelector, object: KubeObject): boolean {
  return selector.every(({ path, equal, value }) => (textOf(valueAt(object, path)) === value) === equal);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
