/** A network with an install host, a boot service and a load balancer, in which machines become an OKD cluster. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import pino from 'pino';
import { createKubernetesActivities } from '../../../../activities/kubernetes/activities.js';
import { createOkdActivities } from '../../../../activities/okd/activities.js';
import { okdIgnition } from '../../../../activities/okd/machine-ignition.js';
import { createSshActivities } from '../../../../activities/ssh/activities.js';
import { listenForBoots, type BootListener } from '../../../../api/boot/listen.js';
import { COREOS_FILES, coreOsBoot } from '../../../../domain/boot/coreos-profile.js';
import type { ClusterDefinition, NodeRole } from '../../../../domain/cluster-definition.js';
import type { GuestStep } from '../../../../domain/guest-step.js';
import { pxeServerStep } from '../../../../domain/pxe/pxe-steps.js';
import { ROOTFS_MAGIC } from '../../../../lab/guest/coreos/live-installer.js';
import { createLabKubernetes } from '../../../../lab/kubernetes/lab-kubernetes.js';
import { startSocksServer, type SocksServer } from '../../../../lab/network/socks-server.js';
import { installHostSteps, renewIgnitionStep } from '../../../../platforms/okd/install-steps.js';
import { apiName } from '../../../../platforms/okd/names.js';
import type { Store } from '../../../../store/store.js';
import { PLAIN_MACHINE } from '../../../builders/machine.js';
import { OKD_CONFIG, okdGroup, anOkdCluster } from '../../../platforms/okd/clusters.js';
import { aReservation, aStore } from '../../../store/store-builder.js';
import { SERVICE, SERVICE_URL } from '../document-server.js';
import { aBlankMachine, aMachine, TestLab, USER, USER_KEY } from '../lab.js';

export const HOST_ADDRESS = '10.1.107.109';
export const UID = 'uid-1';
export const BOOTSTRAPPER = 'system:serviceaccount:openshift-machine-config-operator:node-bootstrapper';
const TOOLS = 'https://github.com/okd-project/okd/releases/download/4.19.0';

export interface Member {
  readonly number: number;
  readonly name: string;
  readonly role: NodeRole;
  readonly uuid: string;
  readonly address: string;
}

const member = (number: number, name: string, role: NodeRole): Member => ({
  ...{ number, name, role },
  uuid: `m-${number}`,
  address: `10.1.107.10${number}`,
});
export const MASTERS = [1, 2, 3].map((number) => member(number, `okd-masters-${number}`, 'CONTROL_PLANE'));
export const WORKER = member(4, 'okd-workers-1', 'WORKER');
export const BOOTSTRAP = member(5, 'okd-bootstrap-1', 'BOOTSTRAP');
export const MEMBERS = [...MASTERS, WORKER, BOOTSTRAP];

export class OkdLab {
  readonly lab: TestLab;
  readonly store: Store;
  readonly definition: ClusterDefinition;
  readonly ssh;
  readonly okd;
  readonly kubernetes;
  /** Who is behind the load balancer. */
  backends: Member[] = [...MASTERS, BOOTSTRAP];
  private readonly closers: (() => Promise<void> | void)[];
  private readonly closePorts: (() => void)[] = [];

  private constructor(lab: TestLab, store: Store, proxy: SocksServer, boots: BootListener, folder: string) {
    this.lab = lab;
    this.store = store;
    const access = { store, proxyUrl: proxy.url };
    this.ssh = createSshActivities(access);
    this.okd = createOkdActivities({ ...access, pullSecrets: new Map() });
    this.kubernetes = createKubernetesActivities(access);
    this.definition = anOkdCluster({
      name: 'okd',
      platformConfig: { ...OKD_CONFIG, toolsUrl: TOOLS },
      nodeGroups: [
        okdGroup('bootstrap', 'BOOTSTRAP', 1),
        okdGroup('masters', 'CONTROL_PLANE', 3),
        okdGroup('workers', 'WORKER', 1),
      ],
    });
    this.closers = [
      () => lab.close(),
      () => proxy.close(),
      () => boots.close(),
      () => rmSync(folder, { recursive: true }),
    ];
  }

  static async start(): Promise<OkdLab> {
    const lab = new TestLab({ kubernetes: createLabKubernetes });
    const store = await aStore();
    await store.machines.reserve(aReservation(['host', ...MEMBERS.map(({ uuid }) => uuid)]));
    await store.secrets.put(UID, 'ssh-private-key', USER_KEY.private);
    await store.secrets.put(UID, 'ssh-public-key', USER_KEY.public);
    const folder = mkdtempSync(join(tmpdir(), 'clusterwright-okd-'));
    mkdirSync(join(folder, 'scos'));
    for (const name of Object.values(COREOS_FILES)) writeFileSync(join(folder, 'scos', name), ROOTFS_MAGIC);
    const boots = await listenForBoots(
      {
        url: SERVICE_URL,
        listen: { host: '127.0.0.1', port: 0 },
        filesPath: folder,
        trustedProxies: ['127.0.0.1'],
      },
      { boots: store.boots, log: pino({ enabled: false }) },
    );
    lab.network.expose(SERVICE.address, SERVICE.port, boots.port);
    const { network } = lab;
    const proxy = await startSocksServer({ host: '127.0.0.1', port: 0, network, unreachableAfterMs: 1 });
    lab.guests.powerOn(aMachine(9));
    await lab.login(HOST_ADDRESS);
    const world = new OkdLab(lab, store, proxy, boots, folder);
    world.balance();
    return world;
  }

  /** As an activity of a worker runs. */
  run<A, R>(activity: (request: A) => Promise<R>, request: A): Promise<R> {
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    return environment.run(activity, request) as Promise<R>;
  }

  step(step: GuestStep): Promise<{ changed: boolean }> {
    return this.run(this.ssh.runGuestStep, { ...this.host(), step });
  }

  /** Everything before a machine boots. */
  async prepare(): Promise<void> {
    const { definition } = this;
    for (const step of [this.pxeStep(), ...installHostSteps({ definition })]) await this.step(step);
  }

  fetchIgnition() {
    const { definition } = this;
    return this.run(this.okd.fetchIgnition, {
      ...this.host(),
      cluster: definition.name,
      apiAddress: HOST_ADDRESS,
      apiName: apiName(definition),
      nodes: MEMBERS.map(({ uuid }) => uuid),
      renewal: renewIgnitionStep({ definition }),
    });
  }

  /** Arms the boot service and switches the machine on, with an empty disk. */
  async boot(one: Member): Promise<void> {
    const mac = `BC:24:11:00:00:0${one.number}`;
    const { kernel, initrd, kernelArguments } = coreOsBoot(OKD_CONFIG);
    const identity = {
      clusterUid: UID,
      cluster: 'okd',
      name: one.name,
      uuid: one.uuid,
      vmid: 100 + one.number,
      mac,
    };
    const machine = {
      ...PLAIN_MACHINE,
      ...{ name: one.name, role: one.role, group: 'x', ordinal: 1, host: 'hv5', system: 'IGNITION' as const },
      ...{
        source: { kind: 'empty' as const },
        storage: 'x',
        isoStorage: 'x',
        cores: 4,
        memoryMiB: 8_192,
        diskGiB: 60,
      },
      ...{ cpuType: 'x', tags: [], labels: {}, taints: [], metadata: {} },
      network: {
        ...{ bridge: 'vmbr0', vlan: null, address: one.address, prefixLength: 24, gateway: '10.1.107.1' },
        ...{ nameservers: [HOST_ADDRESS], domain: 'lab.internal', mtu: null },
      },
    };
    const login = {
      user: 'core',
      sshAuthorizedKeys: [USER_KEY.public],
      packages: [],
      runCmd: [],
      environment: {},
    };
    const config = await okdIgnition(this.store.secrets, { identity, machine, login });
    await this.store.boots.arm({
      machineUuid: one.uuid,
      clusterUid: UID,
      cluster: 'okd',
      machine: one.name,
      mac: mac.toLowerCase(),
      network: { address: one.address, kernel, initrd, kernelArguments },
      documents: { kind: 'ignition', config },
    });
    this.powerOn(one);
  }

  powerOn(one: Member): void {
    const diskId = `vm-${100 + one.number}-disk-0`;
    const bootOrder = [
      { kind: 'disk' as const, diskId },
      { kind: 'network' as const, index: 0 },
    ];
    this.lab.guests.powerOn(aBlankMachine(one.number, { name: one.name, bootOrder }));
  }

  target({ uuid, address }: Member) {
    return { clusterUid: UID, machineUuid: uuid, address, user: 'core' };
  }

  admit({ name, address }: Member): Promise<void> {
    const request = { clusterUid: UID, node: name, addresses: [address], bootstrapUser: BOOTSTRAPPER };
    return this.run(this.kubernetes.approveNodeCsrs, request);
  }

  console(one: Member): readonly string[] {
    return this.lab.guests.inspect().machines.find(({ vmid }) => vmid === 100 + one.number)?.console ?? [];
  }

  async close(): Promise<void> {
    for (const close of this.closePorts) close();
    for (const close of this.closers) await close();
  }

  private host() {
    return { clusterUid: UID, machineUuid: 'host', address: HOST_ADDRESS, user: USER };
  }

  private pxeStep(): GuestStep {
    const records = ['api', 'api-int'].map((name) => ({
      name: `${name}.okd.lab.internal`,
      address: HOST_ADDRESS,
    }));
    return pxeServerStep({
      cluster: 'okd',
      interface: 'ens18',
      subnet: '10.1.107.0/24',
      serverAddress: HOST_ADDRESS,
      gateway: '10.1.107.1',
      nameservers: ['10.1.107.1'],
      domain: 'lab.internal',
      bootUrl: SERVICE_URL,
      reservations: MEMBERS.map(({ number, address, name }) => ({
        mac: `BC:24:11:00:00:0${number}`,
        address,
        hostname: name,
      })),
      dhcpRange: null,
      dns: { records },
    });
  }

  /** Whoever of those that are behind it listens gets the connection. */
  private balance(): void {
    const { network } = this.lab;
    for (const port of [6_443, 22_623]) {
      const close = network.listen(HOST_ADDRESS, port, (socket) => {
        const handler = this.backends.map(({ address }) => network.handlerAt(address, port)).find(Boolean);
        if (handler === undefined) socket.destroy();
        else handler(socket);
      });
      this.closePorts.push(close);
    }
  }
}
