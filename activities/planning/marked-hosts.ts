/** Hosts that a person wants empty: nothing is planned for them. */
import type { Inventory } from '../../domain/inventory.js';
import type { Store } from '../../store/store.js';

export async function withMarks(store: Pick<Store, 'hosts'>, inventory: Inventory): Promise<Inventory> {
  const marks = await store.hosts.marks();
  if (marks.length === 0) return inventory;
  const marked = new Set(marks.map(({ host }) => host));
  return {
    ...inventory,
    hosts: inventory.hosts.map((host) => (marked.has(host.name) ? { ...host, drained: true } : host)),
  };
}
