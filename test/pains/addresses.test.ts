/** Addresses: one holder each, strangers are noticed, and nobody waits for a guest to tell its own. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createLedgerActivities, type LedgerActivities } from '../../activities/ledger/activities.js';
import { createNetworkActivities } from '../../activities/network/activities.js';
import { LabNetwork } from '../../lab/network/lab-network.js';
import { startSocksServer } from '../../lab/network/socks-server.js';
import type { Store } from '../../store/store.js';
import { PLAIN_MACHINE } from '../builders/machine.js';
import { aFaultySimulator } from '../contract/proxmox/faulty-simulator.js';
import { attempt, perform } from '../contract/proxmox/workshop.js';
import { aStore } from '../store/store-builder.js';
import { bootable, readyToBoot } from './first-boot.js';

const CIDR = '10.1.107.0/24';
const RANGE = { from: 20_000, to: 20_099 };

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const ledgerOn = (store: Store): LedgerActivities =>
  createLedgerActivities({
    ...{ store, vmidRange: RANGE, isoStorage: 'local', imageKeepDays: 30 },
    k3sInstallUrl: 'https://get.k3s.io',
  });

describe('an address has one holder', () => {
  const holders = ['server-1', 'server-2', 'server-3', 'vip/api'];
  const reserve = (ledger: LedgerActivities, cluster: string, ipRange: string) =>
    ledger.reserveAddresses({
      clusterUid: cluster,
      cluster,
      wanted: holders.map((holder) => ({ holder, address: null, cidr: CIDR, ipRange })),
    });

  test('also where the ranges of two clusters overlap, for machines and virtual addresses alike', async () => {
    const ledger = ledgerOn(await aStore());

    const granted = await Promise.all([
      reserve(ledger, 'red', '10.1.107.100-105'),
      reserve(ledger, 'blue', '10.1.107.102-109'),
    ]);

    const addresses = granted.flat().map(({ address }) => address);
    expect(addresses).toHaveLength(8);
    expect(new Set(addresses).size).toBe(8);
  });

  test('which may be a stranger who never asked: he is noticed, and all clusters pass him over', async () => {
    const ledger = ledgerOn(await aStore());
    const network = new LabNetwork();
    network.attach('10.1.107.100');
    const proxy = await startSocksServer({ host: '127.0.0.1', port: 0, network, unreachableAfterMs: 0 });
    cleanups.push(() => proxy.close());
    const { probeAddresses } = createNetworkActivities({ proxyUrl: proxy.url, timeoutMs: 2_000 });
    const ipRange = '10.1.107.100-110';
    const granted = await reserve(ledger, 'red', ipRange);
    const leased = granted.map(({ address }) => address);

    const { inUse } = await attempt(() => probeAddresses({ addresses: leased }));
    const [conflict] = inUse;
    const conflicting = conflict?.address ?? '';
    const holder = granted.find(({ address }) => address === conflicting)?.holder ?? '';
    const request = { clusterUid: 'red', cluster: 'red', holder, conflicting, cidr: CIDR, ipRange };
    const { address } = await ledger.replaceAddress(request);
    const others = await reserve(ledger, 'blue', ipRange);

    expect(inUse.map((one) => one.address)).toEqual(['10.1.107.100']);
    expect(leased).not.toContain(address);
    expect(others.map((one) => one.address)).not.toContain('10.1.107.100');
    expect(others.map((one) => one.address)).not.toContain(address);
  });
});

const sim = aFaultySimulator();

test('an address is not given to another machine while the one that answers on it may still run', async () => {
  const { shop } = sim.current;
  const { activities, clusterUid, cluster } = shop;
  const ledger = ledgerOn(shop.store);
  const lease = (uid: string) =>
    ledger.reserveAddresses({
      clusterUid: uid,
      cluster: uid,
      wanted: [{ holder: 'server-1', address: null, cidr: CIDR, ipRange: '10.1.107.100-100' }],
    });
  const reserved = await shop.machine();
  await sim.current.configured(reserved);
  await perform(() => activities.startVm(reserved));
  await lease(clusterUid);
  const unreachable = { kind: 'status', status: 595, message: 'No route to host' } as const;
  const rule = sim.current.fault('before', '^\\w+ /nodes/hv5/', unreachable, 1_000);
  await expect(attempt(() => activities.removeVm(reserved))).rejects.toMatchObject({
    code: 'PROXMOX_NODE_UNREACHABLE',
  });

  await expect(ledger.releaseCluster({ clusterUid })).rejects.toMatchObject({
    code: 'RESIDUE_LEFT',
    message: expect.stringContaining(reserved.identity.name),
  });
  await expect(lease('another')).rejects.toMatchObject({ code: 'ADDRESSES_EXHAUSTED' });

  sim.current.target.faults.remove(rule);
  await perform(() => activities.removeVm(reserved));
  await perform(() => activities.verifyNothingLeft({ clusterUid, cluster }));
  await ledger.releaseCluster({ clusterUid });
  // It is out of use for a while more: neighbours still take it for the machine that had it.
  await expect(lease('another')).rejects.toMatchObject({
    message: expect.stringContaining('1 released too recently'),
  });
});

test('nothing waits for a guest agent: a machine is told its address, and never asked for it', async () => {
  const { shop, target } = sim.current;
  const asked = sim.current.fault('before', '/agent/', { kind: 'hold' }, 1_000);
  const boot = { ...PLAIN_MACHINE.boot, delivery: 'NETWORK' as const };
  const machine = bootable(await shop.machine({ boot }));

  await readyToBoot(shop.activities, machine);
  const armed = await shop.boots.get(machine.identity.uuid);
  await perform(() => shop.activities.startVm(machine));
  await perform(() => shop.activities.cleanUpBoot(machine));
  await perform(() => shop.activities.removeVm(machine));

  expect(armed?.documents).toMatchObject({
    networkConfig: expect.stringContaining(`${machine.machine.network.address}/24`),
  });

  expect(target.faults.list().find(({ id }) => id === asked)?.hits).toBe(0);
  sim.current.expectNothingLeft();
});
