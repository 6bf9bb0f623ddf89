import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { k3s } from '../../../platforms/k3s/k3s.js';
import type { PlatformCluster, PlatformMachine } from '../../../platforms/platform.js';
import { aDefinition, aNodeGroup } from '../../builders/definition.js';
import { aBalancedCluster, aCluster, aMachine, SERVERS } from '../cluster.js';

function configOf(machine: PlatformMachine, cluster: PlatformCluster): Record<string, unknown> {
  const file = k3s
    .join(machine, cluster)
    .flatMap(({ files }) => files)
    .find(({ path }) => path.endsWith('/config.yaml'));
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

describe('the configuration behind a load balancer', () => {
  test('makes all but the first server, and all agents, join by its address', () => {
    const cluster = aBalancedCluster();
    const worker = aMachine({ name: 'edge-worker-1', role: 'WORKER', address: '10.1.107.103' });

    const servers = [...SERVERS, worker].map((machine) => configOf(machine, cluster)['server']);

    const url = 'https://10.1.107.140:6443';
    expect(servers).toEqual([undefined, url, url, url]);
  });

  test('has a certificate for all addresses and names that lead to it, each once', () => {
    const names = configOf(aMachine(), aBalancedCluster())['tls-san'];

    expect(names).toEqual([
      ...SERVERS.flatMap(({ name, address }) => [address, name]),
      '10.1.107.140',
      'api.edge.lab.internal',
      'api-int.edge.lab.internal',
      '192.0.2.10',
    ]);
  });

  test('is probed where K3s answers without credentials', () => {
    const api = k3s.balanced.find(({ service }) => service === 'api');

    expect(api).toMatchObject({ port: 6443, check: { kind: 'https', path: '/ping' } });
  });
});

describe('an external datastore', () => {
  const platformConfig = { ...aDefinition().platformConfig, datastore: 'edge' };
  const cluster = aCluster(SERVERS, { platformConfig });

  test('is where all servers find each other, by a secret', () => {
    const configs = SERVERS.map((server) => configOf(server, cluster));

    for (const config of configs) {
      expect(config).toMatchObject({ 'datastore-endpoint': '{{secret:datastore-endpoint}}' });
      expect(config).not.toHaveProperty('server');
      expect(config).not.toHaveProperty('cluster-init');
    }
  });

  test('leaves no member of etcd to wait for', () => {
    expect([k3s.votes(cluster), k3s.votes(aCluster(SERVERS))]).toEqual([false, true]);
  });

  test('lets all servers join at once, and etcd one by one', () => {
    const orders = [cluster, aCluster(SERVERS)].map(({ definition }) => k3s.joinOrder(definition));

    expect(orders).toEqual(['AT_ONCE', 'ONE_BY_ONE']);
  });

  test('is no business of agents', () => {
    const worker = aMachine({ role: 'WORKER' });

    expect(configOf(worker, cluster)).not.toHaveProperty('datastore-endpoint');
    expect(configOf(worker, cluster)).toMatchObject({ server: 'https://10.1.107.100:6443' });
  });
});

describe('mirrors of registries', () => {
  const registries = {
    mirrors: { 'docker.io': ['https://mirror.lab.internal:5000'] },
    certificateAuthorities: {},
  };

  test('are written where K3s reads them, on every machine', () => {
    const cluster = aCluster(SERVERS, {
      platformConfig: { ...aDefinition().platformConfig, registries },
    });

    const paths = [aMachine(), aMachine({ role: 'WORKER' })].map((machine) =>
      k3s.join(machine, cluster).flatMap(({ files }) => files.map(({ path }) => path)),
    );

    for (const each of paths)
      expect(each).toEqual(['/etc/rancher/k3s/registries.yaml', '/etc/rancher/k3s/config.yaml']);
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

  test('takes binary, images and installer from the mirror where nothing else can be reached', () => {
    const airGapUrl = 'https://mirror.lab.internal/k3s/';
    const cluster = aCluster(SERVERS, { platformConfig: { ...aDefinition().platformConfig, airGapUrl } });

    const [install] = k3s.prepare(aMachine(), cluster);

    expect(install?.act).not.toContain('get.k3s.io');
    expect(install?.act).toContain("'https://mirror.lab.internal/k3s/k3s-airgap-images-amd64.tar.zst'");
    expect(install?.act).toContain('sha256sum -c');
    expect(install?.act).toContain('INSTALL_K3S_SKIP_DOWNLOAD=true');
    expect(install?.verify).toContain('/var/lib/rancher/k3s/agent/images/');
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
