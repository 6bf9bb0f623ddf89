/** Machines of the lab with etcd among them, a store, and the activities that reach them through the lab's entrance. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import {
  createEtcdActivities,
  type EtcdActivities,
  type EtcdTarget,
} from '../../../activities/etcd/activities.js';
import type { EtcdDriver } from '../../../activities/etcd/driver.js';
import { gatewayDriver } from '../../../activities/etcd/gateway-driver.js';
import type { ClusterType } from '../../../domain/cluster-definition.js';
import type { LabMachine } from '../../../lab/machine-host.js';
import { startSocksServer, type SocksServer } from '../../../lab/network/socks-server.js';
import type { Store } from '../../../store/store.js';
import { aMachine, until, USER, USER_KEY, type Login, type TestLab } from '../../lab/guest/lab.js';
import { aReservation, aStore } from '../../store/store-builder.js';

export const CLUSTER_UID = 'uid-1';

export const nodeOf = (number: number): string => `edge-${number}`;
export const addressOf = (number: number): string => `10.1.107.10${number}`;
const uuidOf = (number: number): string => aMachine(number).uuid;

export class EtcdWorld {
  readonly activities: EtcdActivities;
  readonly lab: TestLab;
  readonly store: Store;
  private readonly type: ClusterType;
  private readonly proxy: SocksServer;
  /** Of the machines that the service knows. */
  numbers: readonly number[] = [];

  private constructor(lab: TestLab, type: ClusterType, store: Store, proxy: SocksServer) {
    this.lab = lab;
    this.type = type;
    this.store = store;
    this.proxy = proxy;
    this.activities = createEtcdActivities({ store, proxyUrl: proxy.url });
  }

  static async open(lab: TestLab, type: ClusterType, numbers: readonly number[]): Promise<EtcdWorld> {
    const { network } = lab;
    const proxy = await startSocksServer({ host: '127.0.0.1', port: 0, network, unreachableAfterMs: 1 });
    const store = await aStore();
    await store.machines.reserve(aReservation([1, 2, 3, 4].map(uuidOf)));
    await store.secrets.put(CLUSTER_UID, 'ssh-private-key', USER_KEY.private);
    const world = new EtcdWorld(lab, type, store, proxy);
    world.numbers = numbers;
    return world;
  }

  target(): EtcdTarget {
    const servers = this.numbers.map((number) => ({
      node: nodeOf(number),
      machineUuid: uuidOf(number),
      address: addressOf(number),
      user: USER,
    }));
    return { clusterUid: CLUSTER_UID, type: this.type, servers };
  }

  run<Name extends keyof EtcdActivities>(
    name: Name,
    more: Omit<Parameters<EtcdActivities[Name]>[0], keyof EtcdTarget>,
  ): ReturnType<EtcdActivities[Name]> {
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    const activity = this.activities[name] as (request: object) => ReturnType<EtcdActivities[Name]>;
    return environment.run(activity, { ...this.target(), ...more }) as ReturnType<EtcdActivities[Name]>;
  }

  read() {
    return this.run('readEtcd', {});
  }

  /** What the activities themselves ask the machines by. */
  driver(signal: AbortSignal): EtcdDriver {
    const access = { store: this.store, proxyUrl: this.proxy.url };
    return gatewayDriver(access, { clusterUid: CLUSTER_UID, type: 'K3S' }, signal);
  }

  /** Cuts the power of the machine. */
  off(number: number): void {
    this.lab.guests.powerOff(100 + number);
  }

  async close(): Promise<void> {
    await this.proxy.close();
  }
}

/** Boots the machine and installs a server of K3s without starting it. */
export async function installK3s(
  lab: TestLab,
  number: number,
  config: string,
  machine: LabMachine = aMachine(number),
): Promise<Login> {
  lab.guests.powerOn(machine);
  const login = await lab.login(addressOf(number));
  const variables = 'INSTALL_K3S_VERSION=v1.32.0+k3s1 INSTALL_K3S_EXEC=server INSTALL_K3S_SKIP_START=true';
  const commands = [
    'cloud-init status --wait',
    `curl -sfL https://get.k3s.io | sudo ${variables} sh -`,
    `printf '${config}' | sudo install -D -m 600 /dev/stdin /etc/rancher/k3s/config.yaml`,
  ];
  for (const command of commands) {
    const { code, stderr } = await login.run(command);
    if (code !== 0) throw new Error(`${command}: ${stderr}`);
  }
  return login;
}

/** The first machine forms a cluster, the others join it. */
export async function formK3s(lab: TestLab, numbers: readonly number[]): Promise<void> {
  for (const number of numbers) {
    const how =
      number === numbers[0] ? 'cluster-init: true' : `server: https://${addressOf(numbers[0] ?? 1)}:6443`;
    const login = await installK3s(lab, number, `token: secret\\n${how}\\n`);
    const { code } = await login.run('sudo systemctl start k3s');
    if (code !== 0) throw new Error(await login.stdout('sudo journalctl -u k3s'));
    await until(async () => (await login.stdout('systemctl is-active k3s')) === 'active\n');
  }
}
