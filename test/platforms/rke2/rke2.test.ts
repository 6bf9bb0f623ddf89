import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { Rke2PlatformConfig } from '../../../domain/platform-config.js';
import type { PlatformCluster, PlatformMachine } from '../../../platforms/platform.js';
import { rke2 } from '../../../platforms/rke2/rke2.js';
import { aDefinition, aNodeGroup } from '../../builders/definition.js';
import { aBalancedCluster, aCluster, aMachine, SERVERS } from '../cluster.js';

const anRke2 = (change: Partial<Rke2PlatformConfig> = {}) => ({
  type: 'RKE2' as const,
  version: 'v1.32.0+rke2r1',
  platformConfig: { cni: 'canal', disable: [], registries: null, airGapUrl: null, ...change },
});

const WORKER = aMachine({ name: 'edge-worker-1', role: 'WORKER', address: '10.1.107.103' });

function filesOf(machine: PlatformMachine, cluster: PlatformCluster) {
  return rke2.join(machine, cluster).flatMap(({ files }) => files);
}

function configOf(machine: PlatformMachine, cluster: PlatformCluster): Record<string, unknown> {
  const file = filesOf(machine, cluster).find(({ path }) => path === '/etc/rancher/rke2/config.yaml');
  return parse(file?.content ?? '') as Record<string, unknown>;
}

describe('the configuration of an RKE2 machine', () => {
  test('of the first server forms the cluster', () => {
    expect(configOf(aMachine(), aCluster(SERVERS, anRke2()))).toEqual({
      token: '{{secret:join-token}}',
      'node-name': 'edge-server-1',
      'node-ip': '10.1.107.100',
      'tls-san': SERVERS.flatMap(({ name, address }) => [address, name]),
      'cluster-cidr': '10.42.0.0/16',
      'service-cidr': '10.43.0.0/16',
      cni: ['canal'],
      'write-kubeconfig-mode': '0600',
    });
  });

  test('of all others leads to the supervisor, not to the API', () => {
    const cluster = aCluster(SERVERS, anRke2());

    const urls = [...SERVERS, WORKER].map((machine) => configOf(machine, cluster)['server']);

    const url = 'https://10.1.107.100:9345';
    expect(urls).toEqual([undefined, url, url, url]);
  });

  test('leads to the load balancer where there is one, which its certificate names', () => {
    const cluster = aBalancedCluster(anRke2());

    expect(configOf(SERVERS[1] ?? aMachine(), cluster)['server']).toBe('https://10.1.107.140:9345');
    expect(configOf(aMachine(), cluster)['tls-san']).toEqual(
      expect.arrayContaining(['10.1.107.140', 'api.edge.lab.internal', '192.0.2.10']),
    );
  });

  test('of an agent holds nothing that only servers know', () => {
    const agent = {
      ...WORKER,
      labels: { 'example.com/zone': 'a' },
      taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' as const }],
    };

    expect(configOf(agent, aCluster(SERVERS, anRke2()))).toEqual({
      token: '{{secret:join-token}}',
      'node-name': 'edge-worker-1',
      'node-ip': '10.1.107.103',
      'node-label': ['example.com/zone=a'],
      'node-taint': ['gpu=yes:NoSchedule'],
      server: 'https://10.1.107.100:9345',
    });
  });

  test('says which network and which charts', () => {
    const cluster = aCluster(SERVERS, anRke2({ cni: 'cilium', disable: ['rke2-ingress-nginx'] }));

    expect(configOf(aMachine(), cluster)).toMatchObject({ cni: ['cilium'], disable: ['rke2-ingress-nginx'] });
  });

  test('is readable by root only, and cannot be broken out of by a label', () => {
    const hostile = { ...WORKER, labels: { a: 'x"\nprofile: cis\n' } };
    const cluster = aCluster(SERVERS, anRke2());

    expect(filesOf(hostile, cluster)).toMatchObject([{ mode: '0600' }]);
    expect(configOf(hostile, cluster)['profile']).toBeUndefined();
  });
});

describe('the interface of Canal', () => {
  const MANIFEST = '/var/lib/rancher/rke2/server/manifests/rke2-canal-config.yaml';
  const { network } = aDefinition();
  const isolated = { network: { ...network, gateway: null, egress: 'BASTION' as const } };
  const manifestOf = (machine: PlatformMachine, cluster: PlatformCluster) =>
    filesOf(machine, cluster).find(({ path }) => path === MANIFEST);

  test('is said where the default route may lead out of another one', () => {
    const manifest = manifestOf(aMachine(), aCluster(SERVERS, { ...anRke2(), ...isolated }));

    const document = parse(manifest?.content ?? '') as { spec: { valuesContent: string } };
    expect(document).toMatchObject({ kind: 'HelmChartConfig', metadata: { name: 'rke2-canal' } });
    expect(parse(document.spec.valuesContent)).toEqual({ flannel: { iface: 'primary' } });
  });

  test.each([
    ['a default route through the only interface', aMachine(), anRke2()],
    ['another network', aMachine(), { ...anRke2({ cni: 'cilium' }), ...isolated }],
    ['an agent', WORKER, { ...anRke2(), ...isolated }],
  ])('is left alone with %s', (_, machine, change) => {
    expect(manifestOf(machine, aCluster(SERVERS, change))).toBeUndefined();
  });
});

describe('the load balancer', () => {
  test('probes the supervisor by HTTPS, and the API, which knows no anonymous callers, by connecting', () => {
    const checks = rke2.balanced.map(({ service, port, check }) => [service, port, check.kind]);

    expect(checks).toEqual([
      ['api', 6443, 'tcp'],
      ['rke2', 9345, 'https'],
      ['ingress', 80, 'tcp'],
      ['ingress', 443, 'tcp'],
    ]);
  });
});

describe('the installation', () => {
  test('fetches the installer, and runs it for version and role', () => {
    const [, install] = rke2.prepare(WORKER, aCluster(SERVERS, anRke2()));

    expect(install?.act).toContain("'https://get.rke2.io'");
    expect(install?.act).toContain("INSTALL_RKE2_VERSION='v1.32.0+rke2r1' INSTALL_RKE2_TYPE='agent'");
    expect(install?.verify).toContain("'rke2 version v1.32.0+rke2r1 '");
  });

  test.each([
    ['canal', ['rke2-images.linux-amd64.tar.zst']],
    ['cilium', ['rke2-images.linux-amd64.tar.zst', 'rke2-images-cilium.linux-amd64.tar.zst']],
  ] as const)('takes everything from the mirror in an air gap, with the images of %s', (cni, images) => {
    const airGapUrl = 'https://mirror.lab.internal/rke2';
    const [, install] = rke2.prepare(aMachine(), aCluster(SERVERS, anRke2({ cni, airGapUrl })));

    expect(install?.act).not.toContain('get.rke2.io');
    expect(install?.act).toContain('INSTALL_RKE2_ARTIFACT_PATH=');
    for (const file of ['install.sh', 'rke2.linux-amd64.tar.gz', ...images])
      expect(install?.act).toContain(`'${airGapUrl}/${file}'`);
    for (const file of images)
      expect(install?.verify).toContain(`/var/lib/rancher/rke2/agent/images/${file}`);
  });

  test('tells the commands of the first boot version and role', () => {
    expect(rke2.bootEnvironment(WORKER, aCluster(SERVERS, anRke2()))).toEqual({
      INSTALL_RKE2_VERSION: 'v1.32.0+rke2r1',
      INSTALL_RKE2_TYPE: 'agent',
    });
  });
});

describe('a definition that RKE2 cannot carry', () => {
  test('points to what it does not know', () => {
    const definition = aDefinition({
      ...anRke2(),
      nodeGroups: [aNodeGroup(), aNodeGroup({ name: 'b', role: 'BOOTSTRAP' })],
      security: { encryptSecretsAtRest: false, sshAuthorizedKeys: [] },
    });

    expect(rke2.faults(definition).map(({ pointer }) => pointer)).toEqual([
      '/security/encryptSecretsAtRest',
      '/nodeGroups/1/role',
    ]);
  });

  test.each([
    ['systemctl start rke2-server', true],
    ['systemctl enable --now rke2-agent.service', true],
    ['systemctl daemon-reload && systemctl restart --no-block rke2-server', true],
    ['systemctl enable rke2-server', false],
    ['curl -sfL https://get.rke2.io | sh -', false],
    ['systemctl start chrony; echo rke2-server', false],
  ])('starts RKE2 at first boot: %s', (line, isRefused) => {
    const template = aNodeGroup().template;
    const cloudInit = { ...template.cloudInit, runCmd: ['true', line] };
    const nodeGroups = [aNodeGroup({ template: { ...template, cloudInit } })];

    const pointers = rke2.faults(aDefinition({ ...anRke2(), nodeGroups })).map(({ pointer }) => pointer);

    expect(pointers).toEqual(isRefused ? ['/nodeGroups/0/template/cloudInit/runCmd/1'] : []);
  });
});
