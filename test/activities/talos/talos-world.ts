/** Machines with Talos in the lab, a store, and the activities that reach them through the lab's entrance. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { seedOf } from '../../../activities/boot/seed.js';
import { seedImage } from '../../../activities/cloud-init/seed-image.js';
import type { TalosAccess } from '../../../activities/talos/access.js';
import { createTalosActivities } from '../../../activities/talos/activities.js';
import type { ClusterDefinition } from '../../../domain/cluster-definition.js';
import { macOf } from '../../../domain/machine.js';
import type { TalosStep } from '../../../domain/machine-step.js';
import type { PlannedMachine } from '../../../domain/plan.js';
import type { ApiEndpoint } from '../../../domain/services/api-endpoint.js';
import { createLabKubernetes } from '../../../lab/kubernetes/lab-kubernetes.js';
import type { LabMachine } from '../../../lab/machine-host.js';
import { startSocksServer } from '../../../lab/network/socks-server.js';
import type { Store } from '../../../store/store.js';
import { aDefinition, aNodeGroup } from '../../builders/definition.js';
import { PLAIN_MACHINE } from '../../builders/machine.js';
import { TestLab } from '../../lab/guest/lab.js';
import { aReservation, aStore } from '../../store/store-builder.js';

export const IMAGE = 'talos-1.9.1-nocloud-amd64';
export const CLUSTER_UID = 'uid-1';
export const ENDPOINT: ApiEndpoint = { address: '10.1.107.101', isBalanced: false, names: [] };

export function aTalosDefinition(
  patches: readonly Readonly<Record<string, unknown>>[] = [],
): ClusterDefinition {
  return aDefinition({
    name: 'edge',
    type: 'TALOS',
    version: 'v1.9.1',
    nodeGroups: [aNodeGroup(), aNodeGroup({ name: 'worker', role: 'WORKER' })],
    platformConfig: {
      installerImage: 'ghcr.io/siderolabs/installer',
      installDisk: '/dev/sda',
      cni: 'flannel',
      patches,
    },
  });
}

export function aPlannedMachine(number: number, change: Partial<PlannedMachine> = {}): PlannedMachine {
  return {
    ...PLAIN_MACHINE,
    name: nameOf(number),
    group: 'server',
    role: 'CONTROL_PLANE',
    ordinal: number,
    host: 'hv5',
    source: { kind: 'clone', vmid: 9003, name: IMAGE, host: 'hv5', storage: 'ceph-vm', fullClone: true },
    storage: 'ceph-vm',
    isoStorage: 'local',
    cores: 2,
    memoryMiB: 2_048,
    diskGiB: 10,
    cpuType: 'x86-64-v2-AES',
    network: {
      bridge: 'vmbr0',
      vlan: null,
      address: addressOf(number),
      prefixLength: 24,
      gateway: '10.1.107.1',
      nameservers: ['10.1.107.1'],
      domain: 'lab.internal',
      mtu: null,
    },
    system: 'TALOS',
    tags: [],
    labels: {},
    taints: [],
    metadata: {},
    ...change,
  };
}

export function uuidOf(number: number): string {
  return `00000000-0000-4000-8000-00000000000${number}`;
}

export function nameOf(number: number): string {
  return `edge-${number}`;
}

export function addressOf(number: number): string {
  return `10.1.107.10${number}`;
}

/** With the medium that the product makes for it. */
export function aTalosMachine(number: number, change: Partial<LabMachine> = {}): LabMachine {
  const uuid = uuidOf(number);
  const mac = macOf(uuid);
  const diskId = `vm-${100 + number}-disk-0`;
  const identity = {
    clusterUid: CLUSTER_UID,
    cluster: 'edge',
    name: nameOf(number),
    uuid,
    vmid: 100 + number,
    mac,
  };
  const login = { user: 'nobody', sshAuthorizedKeys: [], packages: [], runCmd: [], environment: {} };
  const machine = aPlannedMachine(number);
  const seed = seedOf({ identity, machine, address: machine.network.address, login, isFetchedOnce: false });
  return {
    vmid: 100 + number,
    name: nameOf(number),
    uuid,
    node: 'hv5',
    cores: 2,
    memoryMiB: 2_048,
    interfaces: [{ mac, bridge: 'vmbr0', vlan: null }],
    diskId,
    diskGiB: 10,
    image: IMAGE,
    media: [seedImage(seed)],
    disks: [{ diskId, image: IMAGE }],
    bootOrder: [{ kind: 'disk', diskId }],
    serial: '',
    ...change,
  };
}

export function anEnvironment() {
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const heard = (pattern: RegExp): Promise<void> =>
    new Promise((resolve) => {
      environment.on('heartbeat', (details: unknown) => {
        if (pattern.test(String(details))) resolve();
      });
    });
  return Object.assign(environment, { heard });
}

export class TalosWorld {
  readonly lab: TestLab;
  readonly store: Store;
  readonly access: TalosAccess;
  readonly activities: ReturnType<typeof createTalosActivities>;
  private readonly closeProxy: () => Promise<void>;

  private constructor(lab: TestLab, access: TalosAccess, closeProxy: () => Promise<void>) {
    this.lab = lab;
    this.store = access.store;
    this.access = access;
    this.activities = createTalosActivities(access);
    this.closeProxy = closeProxy;
  }

  static async open(directory: string | null = null): Promise<TalosWorld> {
    const lab = new TestLab({ kubernetes: createLabKubernetes, directory });
    const proxy = await startSocksServer({
      host: '127.0.0.1',
      port: 0,
      network: lab.network,
      unreachableAfterMs: 1,
    });
    const store = await aStore();
    await store.machines.reserve(aReservation([1, 2, 3, 4].map(uuidOf)));
    return new TalosWorld(lab, { store, proxyUrl: proxy.url, pollMs: 5, settleMs: 200 }, () => proxy.close());
  }

  powerOn(number: number, change: Partial<LabMachine> = {}): void {
    this.lab.guests.powerOn(aTalosMachine(number, change));
  }

  powerOff(number: number): void {
    this.lab.guests.powerOff(100 + number);
  }

  target(number: number) {
    return { clusterUid: CLUSTER_UID, machineUuid: uuidOf(number), address: addressOf(number) };
  }

  step(
    number: number,
    call: TalosStep['call'],
    change: {
      readonly definition?: ClusterDefinition;
      readonly machine?: Partial<PlannedMachine>;
      readonly timeoutSeconds?: number;
      readonly environment?: ReturnType<typeof anEnvironment>;
    } = {},
  ): Promise<{ changed: boolean }> {
    const { timeoutSeconds = 20, environment = anEnvironment() } = change;
    const role = 'role' in call && call.role === 'worker' ? 'WORKER' : 'CONTROL_PLANE';
    const step: TalosStep = { kind: 'talos', id: call.kind, title: call.kind, call, timeoutSeconds };
    return environment.run(this.activities.runTalosStep, {
      ...this.target(number),
      definition: change.definition ?? aTalosDefinition(),
      endpoint: ENDPOINT,
      machine: aPlannedMachine(number, { role, ...change.machine }),
      step,
    });
  }

  /** The first machine forms the cluster. */
  async formed(): Promise<void> {
    this.powerOn(1);
    await this.step(1, { kind: 'apply-configuration', role: 'controlplane' });
    await this.step(1, { kind: 'bootstrap' });
  }

  async close(): Promise<void> {
    await this.closeProxy();
    await this.lab.close();
  }
}
