/** How kubectl finds the address of a kind of object: by short names of its own, and by what the API says that it has. */
import type { ParsedOptions } from '../shell/options.js';
import { messageOf, type ApiClient } from './api-client.js';

export interface Resource {
  /** Such as `/apis/apps/v1`. */
  readonly base: string;
  readonly plural: string;
  readonly isNamespaced: boolean;
  /** As `kubectl get -o name` writes it: `daemonset.apps`. */
  readonly singular: string;
}

interface Discovered {
  readonly resources?: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly singularName?: string;
    readonly shortNames?: readonly string[];
  }[];
}

export class UnknownResource extends Error {}

/** Looked through for a kind that is named without its group. */
const COMMON = ['/api/v1', '/apis/apps/v1', '/apis/rbac.authorization.k8s.io/v1', '/apis/batch/v1'];

/** @param word `nodes`, `node`, `ds`, `DaemonSet`. */
export async function findResource(client: ApiClient, word: string, bases = COMMON): Promise<Resource> {
  const wanted = word.toLowerCase().replace(/\..*$/, '');
  for (const base of bases) {
    const { status, text } = await client.send({ path: base });
    if (status !== 200) throw new UnknownResource(messageOf(text));
    const { resources = [] } = JSON.parse(text) as Discovered;
    for (const { name, kind, namespaced, shortNames = [] } of resources) {
      if (name.includes('/')) continue;
      if (![name, kind.toLowerCase(), ...shortNames].includes(wanted)) continue;
      const group = /^\/apis\/([^/]+)\//.exec(base)?.[1];
      const singular = `${kind.toLowerCase()}${group === undefined ? '' : `.${group}`}`;
      return { base, plural: name, isNamespaced: namespaced, singular };
    }
  }
  throw new UnknownResource(`the server doesn't have a resource type "${word}"`);
}

export function objectPath({ base, plural, isNamespaced }: Resource, namespace: string, name = ''): string {
  const folder = isNamespaced ? `${base}/namespaces/${namespace}/${plural}` : `${base}/${plural}`;
  return name === '' ? folder : `${folder}/${name}`;
}

/** What `-l` and `--field-selector` ask the API for. */
export function selection(options: ParsedOptions): string {
  const asked = [
    ['labelSelector', options.value('l')],
    ['fieldSelector', options.value('field-selector')],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]));
  return asked.length === 0 ? '' : `?${asked.join('&')}`;
}
