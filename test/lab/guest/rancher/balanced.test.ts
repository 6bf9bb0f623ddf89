import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ConnectionHandler } from '../../../../lab/network/lab-network.js';
import { k3s } from '../../../../platforms/k3s/k3s.js';
import type { PlatformCluster } from '../../../../platforms/platform.js';
import { rke2 } from '../../../../platforms/rke2/rke2.js';
import { aBalancedCluster, aMachine as aNode } from '../../../platforms/cluster.js';
import { aMachine, TestLab, until, type Login } from '../lab.js';
import { carryOut } from './carry-out.js';

let lab: TestLab;

beforeEach(() => {
  lab = new TestLab();
});

afterEach(async () => {
  await lab.close();
});

/** Machine number 9 passes connections on. */
const BALANCER = '10.1.107.109';
const SERVERS = [1, 2].map((n) => aNode({ name: `edge-${n}`, address: `10.1.107.10${n}` }));
const WORKER = aNode({ name: 'edge-3', role: 'WORKER', address: '10.1.107.103' });

function behindBalancer(cluster: PlatformCluster): PlatformCluster {
  return {
    ...cluster,
    controlPlane: SERVERS,
    nodes: [...SERVERS, WORKER],
    endpoint: { ...cluster.endpoint, address: BALANCER },
  };
}

const K3S = behindBalancer(aBalancedCluster());
const RKE2 = behindBalancer(
  aBalancedCluster({
    type: 'RKE2',
    version: 'v1.32.0+rke2r1',
    platformConfig: { cni: 'canal', disable: [], registries: null, airGapUrl: null },
  }),
);

async function balance(port: number, backend: string): Promise<void> {
  lab.guests.powerOn(aMachine(9));
  await lab.login(BALANCER);
  const handler: ConnectionHandler = Object.assign(() => undefined, {
    answeredBy: () => ({ address: backend, port }),
  });
  lab.network.listen(BALANCER, port, handler);
}

async function machine(number: number): Promise<Login> {
  lab.guests.powerOn(aMachine(number));
  const login = await lab.login(`10.1.107.10${number}`);
  await login.run('cloud-init status --wait');
  return login;
}

describe.each([
  { name: 'K3s', platform: k3s, cluster: K3S, port: 6_443, config: '/etc/rancher/k3s/config.yaml' },
  { name: 'RKE2', platform: rke2, cluster: RKE2, port: 9_345, config: '/etc/rancher/rke2/config.yaml' },
])('$name behind a load balancer', ({ platform, cluster, port, config }) => {
  test('comes up by its steps, machine by machine', async () => {
    await balance(port, '10.1.107.101');

    for (const [index, node] of [...SERVERS, WORKER].entries()) {
      const login = await machine(index + 1);
      await carryOut(login, platform.prepare(node, cluster));
      await carryOut(login, platform.join(node, cluster));
    }

    const { nodes } = lab.fakeKubernetes.plane;
    await until(async () => [...nodes.values()].every(({ ready }) => ready === 'True'));
    expect([...nodes.values()].map(({ name, votes }) => [name, votes])).toEqual([
      ['edge-1', true],
      ['edge-2', true],
      ['edge-3', false],
    ]);
    expect(lab.fakeKubernetes.plane.alternativeNames).toEqual(
      expect.arrayContaining([BALANCER, 'api.edge.lab.internal']),
    );
  });

  test('takes in nobody by an address that its certificate does not have', async () => {
    await balance(port, '10.1.107.101');
    const first = await machine(1);
    const [server = WORKER] = SERVERS;
    await carryOut(first, platform.prepare(server, cluster));
    const withoutNames = { ...cluster, endpoint: { ...cluster.endpoint, isBalanced: false } };
    await carryOut(first, platform.join(server, withoutNames));
    const worker = await machine(3);
    await carryOut(worker, platform.prepare(WORKER, cluster));
    const [join] = platform.join(WORKER, cluster);
    const file = join?.files.find(({ path }) => path === config);
    await worker.run(
      `sudo install -D -m 600 /dev/stdin ${config}`,
      file?.content.replace('{{secret:join-token}}', 'secret'),
    );

    await worker.run(
      join?.act
        ?.split('\n')
        .map((line) => `sudo ${line}`)
        .join('\n') ?? 'false',
    );

    await until(async () => (await worker.stdout('sudo journalctl')).includes(`not ${BALANCER}`));
    expect(lab.fakeKubernetes.plane.nodeNames()).toEqual(['edge-1']);
  });
});
