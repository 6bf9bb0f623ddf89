/** Where the machine of a member is, as the API of its cluster knows it. */
import type { LabControlPlane } from '../../kubernetes/lab-kubernetes.js';
import { valueAt } from '../../kubernetes/model/json.js';

/** @returns `undefined` where there is no such node any more. */
export function nodeAddress({ objects }: LabControlPlane, node: string): string | undefined {
  const addresses = valueAt(objects.get('nodes', node) ?? {}, ['status', 'addresses']);
  const known = Array.isArray(addresses) ? (addresses as { type: string; address: string }[]) : [];
  return known.find(({ type }) => type === 'InternalIP')?.address;
}
