import { expect, test } from '@jest/globals';
import type { ProxmoxClient } from '../../../activities/proxmox/client.js';
import type { ProxmoxContext } from '../../../activities/proxmox/dependencies.js';
import { findOrphans } from '../../../activities/proxmox/orphans/find-orphans.js';
import type { VmResource } from '../../../activities/proxmox/records.js';
import { OWNER_TAG } from '../../../domain/machine.js';
import type { OrphanReport } from '../../../domain/orphans.js';
import { aCluster, aStore } from '../../store/store-builder.js';
import { anEnvironment } from './environment.js';

const HOSTS = Array.from({ length: 20 }, (_, index) => `hv${index + 1}`);
const LIVE = 1_000;
const FOREIGN = 1_000;
const TAGGED = 1_200;
const FIRST_VMID = 10_000;

/** Calls by name, and how many were under way at once at most. */
class Calls {
  readonly of = new Map<string, number>();
  most = 0;
  private underWay = 0;

  async answer<T>(name: string, data: T): Promise<T> {
    this.of.set(name, (this.of.get(name) ?? 0) + 1);
    this.underWay += 1;
    this.most = Math.max(this.most, this.underWay);
    await new Promise(setImmediate);
    this.underWay -= 1;
    return data;
  }
}

function guest(vmid: number, name: string, tags = ''): VmResource {
  return { vmid, name, tags, type: 'qemu', node: HOSTS[vmid % HOSTS.length] ?? '', status: 'running' };
}

function aClient(calls: Calls, guests: readonly VmResource[]): ProxmoxClient {
  const shared = { storage: 'ceph', content: 'images', shared: 1, active: 1 };
  const own = { storage: 'local', content: 'iso,images', active: 1 };
  const client: Partial<Record<keyof ProxmoxClient, unknown>> = {
    clusterStatus: () => calls.answer('clusterStatus', [{ type: 'cluster', name: 'lab', quorate: 1 }]),
    vms: () => calls.answer('vms', guests),
    nodes: () =>
      calls.answer(
        'nodes',
        HOSTS.map((node) => ({ node, status: 'online' })),
      ),
    storages: () => calls.answer('storages', [shared, own]),
    volumes: () => calls.answer('volumes', []),
    vmConfig: ({ vmid }: { vmid: number }) =>
      calls.answer('vmConfig', { name: `tagged-${vmid}`, tags: OWNER_TAG }),
  };
  return client as unknown as ProxmoxClient;
}

test('thousands of VMs on twenty hosts take few calls, and only a few of them at once', async () => {
  const { orphans, machines: ledger, clusters } = await aStore();
  await clusters.put(aCluster({ phase: 'READY' }));
  const names = Array.from({ length: LIVE }, (_, index) => `edge-${index}`);
  await ledger.reserve({
    ...{ clusterUid: 'uid-1', cluster: 'edge', avoid: [] },
    range: { from: FIRST_VMID, to: FIRST_VMID + LIVE - 1 },
    machines: names.map((name) => ({ uuid: name, name, host: 'hv1' })),
  });
  const calls = new Calls();
  const client = aClient(calls, [
    ...names.map((name, index) => guest(FIRST_VMID + index, name, OWNER_TAG)),
    ...Array.from({ length: FOREIGN }, (_, index) => guest(100_000 + index, `db-${index}`)),
    ...Array.from({ length: TAGGED }, (_, index) => guest(200_000 + index, `tagged-${index}`, OWNER_TAG)),
  ]);
  const context = { client, ledger, orphans, orphanGraceMinutes: 0 } as unknown as ProxmoxContext;

  const report: OrphanReport = await anEnvironment().run<[], OrphanReport, () => Promise<OrphanReport>>(() =>
    findOrphans(context),
  );

  // Configurations of machines that live, and of what has nothing of ours, are not read.
  expect(Object.fromEntries(calls.of)).toEqual({
    ...{ clusterStatus: 1, vms: 1, nodes: 1, storages: HOSTS.length },
    // Of each host its own two kinds of content, and the shared storage once.
    volumes: HOSTS.length * 2 + 1,
    vmConfig: TAGGED,
  });
  expect(calls.most).toBeLessThanOrEqual(8);
  expect(report.orphans).toHaveLength(1_000);
  expect(report.leftOut).toBe(TAGGED - 1_000);
  expect(Buffer.byteLength(JSON.stringify(report))).toBeLessThan(1024 * 1024);
});
