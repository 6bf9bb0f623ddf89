/** What there is of a cluster, seen from all sides at once: nothing may be there twice, half, or not at all. */
import { withGuest } from '../../activities/ssh/guest-access.js';
import type { FormedCluster } from '../../lab/guest/clusters/formed-cluster.js';
import { clusterOf } from '../e2e/clusters.js';
import { kubectl } from '../e2e/kubectl.js';
import type { LabProcess } from '../e2e/lab-process.js';
import { withStore } from '../e2e/remembered.js';

export interface SeenCluster {
  readonly phase: string;
  readonly failure: unknown;
  /** In the view of the API. */
  readonly machines: readonly string[];
  /** Machines that are running, without a lock. */
  readonly vms: readonly string[];
  /** With what is not as it should be of them. */
  readonly nodes: readonly string[];
  readonly members: Readonly<Record<string, string>>;
  /** Machines in the ledger. */
  readonly ledger: readonly string[];
  /** Machines, and their further cards, with a lease of an address. */
  readonly leases: readonly string[];
  /** Servers that the load balancer sends connections to, by its port. */
  readonly balanced: Readonly<Record<string, readonly string[]>>;
}

/** How many there are of each group of the cluster, by the numbers in their names. */
export interface ExpectedMachines {
  readonly servers: readonly number[];
  readonly agents: readonly number[];
}

interface World {
  readonly proxmox: {
    readonly vms: readonly {
      readonly name: string;
      readonly running: boolean;
      readonly lock: string | null;
    }[];
  };
}

const PATIENCE_MS = 60_000;
const BALANCER = 'load-balancer-1';
const HELPERS = ['dns-1', BALANCER] as const;
const TEMPLATE =
  '{range .items[*]}{.metadata.name} {.spec.unschedulable} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';

/** @param cluster name of a K3s cluster with the services of the example `k3s-ha`. */
export async function seenCluster(lab: LabProcess, cluster: string): Promise<SeenCluster> {
  const { phase, failure, nodes, uid } = (await clusterOf(lab, cluster)) as Awaited<
    ReturnType<typeof clusterOf>
  > & { readonly uid: string };
  const short = (name: string): string => name.replace(`${cluster}-`, '');
  const { proxmox } = await lab.control<World>('/world');
  // One that was restored leaves another one behind, which nobody is a member of any more.
  const id = await onMachine(
    lab,
    cluster,
    'server-1',
    'sudo -n cat /var/lib/rancher/k3s/server/db/cluster-id',
  );
  const clusters = await lab.control<FormedCluster[]>('/clusters');
  const formed = clusters.find((each) => each.id === id.trim());
  const listed = await kubectl(lab, cluster, 'get', 'nodes', '-o', `jsonpath=${TEMPLATE}`);
  const held = await withStore(lab, async (store) => ({
    ledger: (await store.machines.ofCluster(uid)).map(({ name }) => name),
    leases: (await store.addresses.ofCluster(uid)).flatMap(({ machine }) => machine ?? []),
  }));
  return {
    ...{ phase, failure, machines: nodes.map(({ name }) => short(name)).sort() },
    vms: proxmox.vms
      .map(
        ({ name, running, lock }) =>
          `${short(name)}${running ? '' : ' off'}${lock === null ? '' : ` ${lock}`}`,
      )
      .sort(),
    nodes: listed
      .trim()
      .split('\n')
      .map((line) => short(line.replace(/ +True$/, '').trim()))
      .sort(),
    members: Object.fromEntries(
      Object.entries(formed?.members ?? {}).map(([name, kind]) => [short(name), kind]),
    ),
    ledger: held.ledger.map(short).sort(),
    leases: held.leases.map(short).sort(),
    balanced: await balanced(lab, cluster),
  };
}

/** What is to be seen of a cluster of which nothing is missing, and nothing is too much. */
export function whole({ servers, agents }: ExpectedMachines): SeenCluster {
  const serverNames = servers.map((number) => `server-${number}`).sort();
  const nodes = [...agents.map((number) => `agents-${number}`), ...serverNames].sort();
  const all = [...HELPERS, ...nodes].sort();
  return {
    ...{ phase: 'READY', failure: null, machines: all, vms: all, ledger: all, nodes },
    members: Object.fromEntries(serverNames.map((name) => [name, 'voter'])),
    // The balancer has a second address, for those outside.
    leases: [...all, `${BALANCER}/public`].sort(),
    balanced: { api: serverNames, ingress: nodes },
  };
}

/** @param machine without the name of the cluster. @returns what the command prints. */
export async function onMachine(
  lab: LabProcess,
  cluster: string,
  machine: string,
  command: string,
): Promise<string> {
  const name = `${cluster}-${machine}`;
  const { uid: clusterUid } = (await clusterOf(lab, cluster)) as unknown as { readonly uid: string };
  return withStore(lab, async (store) => {
    const { uuid } = (await store.machines.ofCluster(clusterUid)).find((one) => one.name === name) ?? {};
    const lease = (await store.addresses.ofCluster(clusterUid)).find((one) => one.machine === name);
    if (uuid === undefined || lease === undefined) throw new Error(`${name} is not in the ledger`);
    const target = { clusterUid, machineUuid: uuid, address: lease.address, user: 'clusterwright' };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return withGuest({ store, proxyUrl: lab.machineProxyUrl }, target, signal, async (connection) => {
      return (await connection.run(command, { timeoutMs: PATIENCE_MS, signal })).stdout;
    });
  });
}

/** By what the configuration says: each port has one list of servers. */
async function balanced(lab: LabProcess, cluster: string): Promise<SeenCluster['balanced']> {
  const text = await onMachine(lab, cluster, BALANCER, 'sudo -n cat /etc/haproxy/haproxy.cfg');
  const lists = new Map<string, string[]>();
  for (const [, server = '', port = ''] of text.matchAll(/^ {2}server (\S+) \S+:(\d+) /gm)) {
    const list = port === '6443' ? 'api' : port === '80' ? 'ingress' : null;
    if (list !== null)
      lists.set(list, [...(lists.get(list) ?? []), server.replace(`${cluster}-`, '')].sort());
  }
  return Object.fromEntries(lists);
}
