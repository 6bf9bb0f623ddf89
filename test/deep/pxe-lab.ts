/** A bastion and a machine without a disk on one wire, and the product's own SSH activities to reach the bastion by. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createSshActivities } from '../../activities/ssh/activities.js';
import type { GuestStep } from '../../domain/guest-step.js';
import type { PxeNetwork } from '../../domain/pxe/pxe-network.js';
import { openStore } from '../../store/open-store.js';
import type { Store } from '../../store/store.js';
import { A_KEY, aReservation } from '../store/store-builder.js';
import { SSH_PORT, startBastion, USER } from './bastion.js';
import { debianRoot } from './debian-root.js';
import { Host } from './host.js';
import { Wire } from './wire.js';

export const SERVER = '10.77.0.2';
/** Where the boot service is, in the machines' network. */
export const BOOT_SERVICE = { address: '10.77.0.3', port: 8090 };
export const BOOT_URL = `http://${BOOT_SERVICE.address}:${BOOT_SERVICE.port}`;
export const W1 = { mac: 'bc:24:11:00:00:01', address: '10.77.0.101', hostname: 'demo-worker-1' };

const BASTION = { clusterUid: 'uid-1', machineUuid: 'm-1', address: '127.0.0.1', user: USER };

export function aPxeNetwork(change: Partial<PxeNetwork> = {}): PxeNetwork {
  return {
    cluster: 'demo',
    interface: 'eth1',
    subnet: '10.77.0.0/24',
    serverAddress: SERVER,
    gateway: '10.77.0.1',
    nameservers: ['10.77.0.1'],
    domain: 'demo.internal',
    bootUrl: BOOT_URL,
    reservations: [W1],
    dhcpRange: '10.77.0.100-150',
    dns: null,
    ...change,
  };
}

export interface PxeLab {
  readonly wire: Wire;
  readonly bastion: Host;
  /** Has the MAC address of {@link W1} on `eth0`, and one that nobody knows on `eth9`. */
  readonly client: Host;
  /** Has the address of {@link BOOT_SERVICE}. */
  readonly service: Host;
  readonly store: Store;
  /** @returns whether the step did anything. */
  readonly run: (step: GuestStep) => Promise<boolean>;
  stop(): Promise<void>;
}

export async function startPxeLab(): Promise<PxeLab> {
  const root = await debianRoot();
  const folder = await mkdtemp(join(tmpdir(), 'clusterwright-deep-'));
  const [first, bastion, client, service] = await Promise.all([
    ...[Host.start(root), Host.start(root), Host.start(root), Host.start(root)],
  ] as const);
  const wire = await Wire.start(first);
  await wire.plugIn(bastion, { name: 'eth1', mac: '02:00:00:00:00:02', address: `${SERVER}/24` });
  await wire.plugIn(client, { name: 'eth0', mac: W1.mac });
  await wire.plugIn(client, { name: 'eth9', mac: 'bc:24:11:00:00:99' });
  const address = `${BOOT_SERVICE.address}/24`;
  await wire.plugIn(service, { name: 'eth1', mac: '02:00:00:00:00:03', address });

  const store = await openStore({ path: join(folder, 'store.db'), secretsKey: A_KEY });
  await store.machines.reserve(aReservation([BASTION.machineUuid]));
  const { createSshKeys } = createSshActivities({ store, proxyUrl: null });
  await startBastion(bastion, (await createSshKeys(BASTION)).publicKey);
  const port = await bastion.doorway().forward('127.0.0.1', SSH_PORT);
  const ssh = createSshActivities({ store, proxyUrl: null, port });

  return {
    ...{ wire, bastion, client, service, store },
    run: async (step) => {
      const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
      const result: unknown = await environment.run(ssh.runGuestStep, { step, ...BASTION });
      return (result as { changed: boolean }).changed;
    },
    stop: async () => {
      for (const host of [bastion, client, service, first]) await host.stop();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
