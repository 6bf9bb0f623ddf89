/** A load balancer, control-plane machines behind it, and the product's own activities in front of it. */
import { connect } from 'node:net';
import { pipeline } from 'node:stream';
import type { KubeConfig } from '@kubernetes/client-node';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { kubeConfigOf } from '../../activities/kubernetes/client.js';
import { createKubernetesActivities } from '../../activities/kubernetes/activities.js';
import { makeSecrets } from '../../activities/secrets/make-secrets.js';
import { type ClusterSecrets, secretsOf } from '../../activities/ssh/guest-secrets.js';
import { ADMIN_SOCKET } from '../../domain/load-balancer/haproxy-config.js';
import type { BalancedMachine, LoadBalancer } from '../../domain/load-balancer/load-balancer.js';
import { loadBalancerSteps } from '../../domain/load-balancer/load-balancer-steps.js';
import { LabNetwork } from '../../lab/network/lab-network.js';
import { startSocksServer } from '../../lab/network/socks-server.js';
import type { BalancedPort, PlatformMachine } from '../../platforms/platform.js';
import { vanilla } from '../../platforms/vanilla/vanilla.js';
import { publicKubeconfig } from '../../schema/kubeconfig.js';
import { aCluster } from '../platforms/cluster.js';
import { debianRoot } from './debian-root.js';
import { Host } from './host.js';
import { SERVER, startPxeLab } from './pxe-lab.js';

export const API_PORT = 6443;
const BALANCER = 'demo-lb-1';
const LOOK_AGAIN_MS = 200;
const PATIENCE_MS = 240_000;

export interface BalancedLab {
  readonly balancer: Host;
  readonly activities: ReturnType<typeof createKubernetesActivities>;
  /** Makes the secrets of a cluster of this name. */
  secretsFor(cluster: string): Promise<ClusterSecrets>;
  /** Another machine in the network of the balancer. */
  addMachine(machine: PlatformMachine): Promise<Host>;
  /** Lets the balancer forward the API, by the steps of the product. */
  balance(
    cluster: string,
    ports: readonly BalancedPort[],
    machines: readonly BalancedMachine[],
  ): Promise<void>;
  /** Waits until HAProxy says this of the machine, such as `UP L7OK 200`, after it has asked it itself. */
  untilServer(name: string, state: string): Promise<void>;
  /** Keeps the kubeconfig as the product does. @returns clients that go through the balancer. */
  seal(cluster: string, kubeconfig: string): Promise<KubeConfig>;
  /** Runs an activity that is asked about a cluster's API. */
  ask<T>(activity: (request: T) => Promise<unknown>, request: T): Promise<void>;
  stop(): Promise<void>;
}

export async function startBalancedLab(): Promise<BalancedLab> {
  const lab = await startPxeLab();
  const { bastion: balancer, store, run, wire } = lab;
  // What the package asks systemd to make.
  await balancer.sh('mkdir -p /run/haproxy');
  const proxy = await proxyInto(lab.service);
  const activities = createKubernetesActivities({ store, proxyUrl: proxy.url });
  const hosts: Host[] = [];

  return {
    balancer,
    activities,
    secretsFor: async (cluster) => {
      await makeSecrets(store.secrets, uidOf(cluster), vanilla.secrets(aCluster().definition));
      return secretsOf(store.secrets, uidOf(cluster));
    },
    addMachine: async ({ name, address }) => {
      const host = await Host.start(await debianRoot());
      hosts.push(host);
      const mac = `02:00:00:00:01:${hosts.length.toString(16).padStart(2, '0')}`;
      await wire.plugIn(host, { name: 'eth0', mac, address: `${address}/24` });
      // API servers that have one name take themselves for one.
      await host.sh(`hostname ${name}`);
      return host;
    },
    balance: async (cluster, ports, machines) => {
      for (const step of loadBalancerSteps(balancerOf(cluster, ports, machines), BALANCER)) await run(step);
    },
    untilServer: (name, state) =>
      until(`${name} is ${state}`, async () => {
        const now = stateIn(await balancer.sh(`echo 'show stat' | socat - ${ADMIN_SOCKET}`), name);
        return now === state ? null : now;
      }),
    seal: async (cluster, kubeconfig) => {
      const text = publicKubeconfig(kubeconfig, { cluster, address: SERVER });
      await store.secrets.put(uidOf(cluster), 'kubeconfig', text);
      return kubeConfigOf(store.secrets, uidOf(cluster), proxy.url);
    },
    ask: async (activity, request) => {
      const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
      await environment.run(activity, request);
    },
    stop: async () => {
      await proxy.close();
      for (const host of hosts) await host.stop();
      await lab.stop();
    },
  };
}

/** Looks until there is no objection left. @throws Error with the last one. */
export async function until(
  what: string,
  objection: () => string | null | Promise<string | null>,
): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await objection();
    if (found === null) return;
    if (Date.now() > end) throw new Error(`it never came to pass that ${what}: ${found}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

export function uidOf(cluster: string): string {
  return `uid-${cluster}`;
}

function balancerOf(
  cluster: string,
  ports: readonly BalancedPort[],
  machines: readonly BalancedMachine[],
): LoadBalancer {
  return {
    ...{ cluster, ports, machines, services: ['api'], memoryMiB: 256, pairSecret: null },
    balancers: [{ name: BALANCER, privateAddress: SERVER, publicAddress: null }],
    privateSide: { interface: 'eth1', address: SERVER, prefixLength: 24 },
    publicSide: null,
  };
}

/** What leads from here to the API behind the balancer, by way of another machine of its network. */
async function proxyInto(host: Host) {
  const port = await host.doorway().forward(SERVER, API_PORT);
  const network = new LabNetwork();
  network.attach(SERVER);
  network.listen(SERVER, API_PORT, (near) => {
    const far = connect(port, '127.0.0.1');
    // Whichever end goes first takes the other with it.
    pipeline(near, far, near, () => undefined);
  });
  return startSocksServer({ host: '127.0.0.1', port: 0, network });
}

/** Of one server: its status, what its last check came to, and the code of the answer. */
function stateIn(statistics: string, name: string): string {
  const [titles = [], ...rows] = statistics.split('\n').map((line) => line.replace(/^# /, '').split(','));
  const of = (row: readonly string[], title: string): string => row[titles.indexOf(title)] ?? '';
  const row = rows.find((one) => of(one, 'svname') === name) ?? [];
  return ['status', 'check_status', 'check_code']
    .map((title) => of(row, title))
    .join(' ')
    .trim();
}
