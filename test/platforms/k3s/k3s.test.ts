import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { k3s } from '../../../platforms/k3s/k3s.js';
import type { PlatformCluster, PlatformMachine } from '../../../platforms/platform.js';
import { aClusterOf, aDefinition, aNodeGroup } from '../../builders/definition.js';

const aMachine = (change: Partial<PlatformMachine> = {}): PlatformMachine => ({
  name: 'edge-server-1',
  role: 'CONTROL_PLANE',
  address: '10.1.107.100',
  labels: {},
  taints: [],
  ...change,
});

const SERVERS = [1, 2, 3].map((n) => aMachine({ name: `edge-server-${n}`, address: `10.1.107.${99 + n}` }));

const aCluster = (servers: readonly PlatformMachine[] = SERVERS.slice(0, 1)): PlatformCluster => ({
  definition: aClusterOf(servers.length, 0),
  controlPlane: servers,
  k3sInstallUrl: 'https://get.k3s.io',
});

function configOf(machine: PlatformMachine, cluster: PlatformCluster): Record<string, unknown> {
  const file = k3s.join(machine, cluster).flatMap(({ files }) => files)[0];
  return parse(file?.content ?? '') as Record<string, unknown>;
}

describe('the configuration of a K3s machine', () => {
  test('of a lone server forms a cluster without etcd', () => {
    expect(configOf(aMachine(), aCluster())).toEqual({
      token: '{{secret:join-token}}',
      'node-name': 'edge-server-1',
      'node-ip': '10.1.107.100',
      'tls-san': ['10.1.107.100', 'edge-server-1'],
      'cluster-cidr': '10.42.0.0/16',
      'service-cidr': '10.43.0.0/16',
      'flannel-backend': 'vxlan',
      'secrets-encryption': true,
      'write-kubeconfig-mode': '0600',
    });
  });

  test('of the first of several servers starts embedded etcd, and the others join it', () => {
    const configs = SERVERS.map((server) => configOf(server, aCluster(SERVERS)));

    expect(configs.map((config) => config['cluster-init'])).toEqual([true, undefined, undefined]);
    expect(configs.map((config) => config['server'])).toEqual([
      undefined,
      'https://10.1.107.100:6443',
      'https://10.1.107.100:6443',
    ]);
  });

  test('of an agent holds nothing that only servers know', () => {
    const agent = aMachine({
      name: 'edge-worker-1',
      role: 'WORKER',
      address: '10.1.107.103',
      labels: { 'example.com/zone': 'a' },
      taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }],
    });

    expect(configOf(agent, aCluster())).toEqual({
      token: '{{secret:join-token}}',
      'node-name': 'edge-worker-1',
      'node-ip': '10.1.107.103',
      'node-label': ['example.com/zone=a'],
      'node-taint': ['gpu=yes:NoSchedule'],
      server: 'https://10.1.107.100:6443',
    });
  });

  test('is readable by root only, and holds a placeholder in place of the token', () => {
    const [file] = k3s.join(aMachine(), aCluster()).flatMap(({ files }) => files);

    expect(file).toMatchObject({ path: '/etc/rancher/k3s/config.yaml', mode: '0600' });
    expect(file?.content).toContain('{{secret:join-token}}');
  });

  test('cannot be broken out of by a label', () => {
    const hostile = aMachine({ role: 'WORKER', labels: { a: 'x"\ncluster-init: true\n' } });

    expect(configOf(hostile, aCluster())['cluster-init']).toBeUndefined();
  });
});

describe('the commands of a user at first boot', () => {
  test('see version and role, and leave the first start to us', () => {
    expect(k3s.bootEnvironment(aMachine(), aCluster())).toEqual({
      INSTALL_K3S_VERSION: 'v1.32.0+k3s1',
      INSTALL_K3S_EXEC: 'server',
      INSTALL_K3S_SKIP_START: 'true',
    });
  });
});

describe('the installation', () => {
  test('is left alone where the requested version is there', () => {
    const [install] = k3s.prepare(aMachine(), aCluster());

    expect(install?.observe).toContain("'k3s version v1.32.0+k3s1 '");
    expect(install?.verify).toBe(install?.observe);
  });
});

describe('a definition that K3s cannot carry', () => {
  test('points to each role that it does not know', () => {
    const groups = [
      aNodeGroup(),
      aNodeGroup({ name: 'jump', role: 'BASTION' }),
      aNodeGroup({ name: 'b', role: 'BOOTSTRAP' }),
    ];

    const faults = k3s.faults(aDefinition({ nodeGroups: groups }));

    expect(faults.map(({ pointer }) => pointer)).toEqual(['/nodeGroups/2/role']);
  });
});
