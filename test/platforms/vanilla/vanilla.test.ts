import { describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import type { GuestStep } from '../../../domain/guest-step.js';
import type { VanillaPlatformConfig } from '../../../domain/platform-config.js';
import type { PlatformCluster, PlatformMachine } from '../../../platforms/platform.js';
import { kubeadmDocuments, kubeadmYaml } from '../../../platforms/vanilla/kubeadm-documents.js';
import { vanilla } from '../../../platforms/vanilla/vanilla.js';
import { aDefinition, aNodeGroup } from '../../builders/definition.js';
import { aBalancedCluster, aCluster, aMachine, SERVERS } from '../cluster.js';

const aVanilla = (change: Partial<VanillaPlatformConfig> = {}, version = 'v1.32.4') => ({
  type: 'VANILLA' as const,
  version,
  platformConfig: {
    cni: 'FLANNEL',
    imageRepository: 'registry.k8s.io',
    registries: null,
    ...change,
  },
});

const WORKER = aMachine({ name: 'edge-worker-1', role: 'WORKER', address: '10.1.107.103' });

const withWorker = (cluster: PlatformCluster): PlatformCluster => ({
  ...cluster,
  nodes: [...cluster.nodes, WORKER],
});

function join(machine: PlatformMachine, cluster: PlatformCluster): readonly GuestStep[] {
  return vanilla.join(machine, cluster);
}

function kinds(machine: PlatformMachine, cluster: PlatformCluster) {
  return kubeadmDocuments(machine, cluster).map(({ kind }) => kind);
}

/** @param path of keys and indexes. */
function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Readonly<Record<string | number, unknown>> | undefined)?.[key],
    value,
  );
}

function document(kind: string, machine: PlatformMachine, cluster: PlatformCluster): unknown {
  return kubeadmDocuments(machine, cluster).find((each) => each['kind'] === kind);
}

describe('what kubeadm is told', () => {
  test('is a new cluster on the first machine, and a join on all others', () => {
    const cluster = withWorker(aBalancedCluster(aVanilla()));

    expect(kinds(SERVERS[0] ?? aMachine(), cluster)).toEqual([
      'InitConfiguration',
      'ClusterConfiguration',
      'KubeletConfiguration',
    ]);
    expect(kinds(SERVERS[1] ?? aMachine(), cluster)).toEqual(['JoinConfiguration']);
    expect(kinds(WORKER, cluster)).toEqual(['JoinConfiguration']);
  });

  test('of the cluster: its endpoint, its names, its networks', () => {
    const cluster = aBalancedCluster(aVanilla());

    expect(document('ClusterConfiguration', aMachine(), cluster)).toMatchObject({
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kubernetesVersion: 'v1.32.4',
      clusterName: 'edge',
      controlPlaneEndpoint: '10.1.107.140:6443',
      networking: { podSubnet: '10.42.0.0/16', serviceSubnet: '10.43.0.0/16' },
      apiServer: {
        certSANs: ['10.1.107.140', 'api.edge.lab.internal', 'api-int.edge.lab.internal', '192.0.2.10'],
        extraArgs: [
          { name: 'encryption-provider-config', value: '/etc/kubernetes/encryption/configuration.json' },
        ],
      },
    });
  });

  test('to a joining machine: whom to ask, and by which key it knows the answer', () => {
    const told = document('JoinConfiguration', SERVERS[1] ?? aMachine(), aBalancedCluster(aVanilla()));

    expect(at(told, 'discovery', 'bootstrapToken')).toEqual({
      token: '{{secret:bootstrap-token}}',
      apiServerEndpoint: '10.1.107.140:6443',
      caCertHashes: ['sha256:{{secret:ca.sha256}}'],
    });
    expect(at(told, 'controlPlane')).toEqual({
      localAPIEndpoint: { advertiseAddress: '10.1.107.101', bindPort: 6443 },
      certificateKey: '{{secret:certificate-key}}',
    });
  });

  test('to a worker: nothing of the control plane', () => {
    const cluster = withWorker(aBalancedCluster(aVanilla()));

    expect(at(document('JoinConfiguration', WORKER, cluster), 'controlPlane')).toBeUndefined();
    expect(kubeadmYaml(kubeadmDocuments(WORKER, cluster))).not.toContain('certificate-key');
  });

  test('of a node: its address, its labels and its taints', () => {
    const machine: PlatformMachine = {
      ...WORKER,
      labels: { zone: 'a', tier: 'edge' },
      taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }],
    };

    const told = document('JoinConfiguration', machine, withWorker(aCluster(SERVERS, aVanilla())));

    expect(at(told, 'nodeRegistration')).toMatchObject({
      name: 'edge-worker-1',
      taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }],
      kubeletExtraArgs: [
        { name: 'node-ip', value: '10.1.107.103' },
        { name: 'node-labels', value: 'zone=a,tier=edge' },
      ],
    });
  });

  test('keeps workloads from the control plane only where others can take them', () => {
    const alone = aCluster(SERVERS, aVanilla());
    const taints = (cluster: PlatformCluster) =>
      at(document('InitConfiguration', aMachine(), cluster), 'nodeRegistration', 'taints');

    expect(taints(alone)).toEqual([]);
    expect(taints(withWorker(alone))).toEqual([
      { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
    ]);
  });

  test('is written in the older format for releases that know no other', () => {
    const cluster = aBalancedCluster(aVanilla({}, 'v1.30.9'));

    const told = document('ClusterConfiguration', aMachine(), cluster);

    expect(at(told, 'apiVersion')).toBe('kubeadm.k8s.io/v1beta3');
    expect(at(told, 'apiServer', 'extraArgs')).toEqual({
      'encryption-provider-config': '/etc/kubernetes/encryption/configuration.json',
    });
    expect(
      at(document('InitConfiguration', aMachine(), cluster), 'nodeRegistration', 'kubeletExtraArgs'),
    ).toEqual({
      'node-ip': '10.1.107.100',
    });
  });

  test('cannot be broken out of by a label', () => {
    const hostile: PlatformMachine = { ...WORKER, labels: { a: 'x"\n---\nkind: ClusterConfiguration\n' } };

    const documents = parseAllDocuments(
      kubeadmYaml(kubeadmDocuments(hostile, aCluster(SERVERS, aVanilla()))),
    );

    expect(documents).toHaveLength(1);
  });

  test('encrypts nothing at rest unless it is asked to', () => {
    const cluster = aBalancedCluster({
      ...aVanilla(),
      security: { encryptSecretsAtRest: false, sshAuthorizedKeys: [] },
    });

    expect(
      at(document('ClusterConfiguration', aMachine(), cluster), 'apiServer', 'extraArgs'),
    ).toBeUndefined();
    expect(vanilla.secrets(cluster.definition).map(({ name }) => name)).not.toContain('encryption-key');
    expect(join(aMachine(), cluster).flatMap(({ files }) => files.map(({ path }) => path))).not.toContain(
      '/etc/kubernetes/encryption/configuration.json',
    );
  });
});

describe('the secrets', () => {
  test('that files name are those that are made', () => {
    const cluster = withWorker(aBalancedCluster(aVanilla()));
    const made = vanilla.secrets(cluster.definition).flatMap((secret) => {
      switch (secret.kind) {
        case 'certificate-authority':
          return ['crt', 'key', 'sha256'].map((suffix) => `${secret.name}.${suffix}`);
        case 'key-pair':
          return ['key', 'pub'].map((suffix) => `${secret.name}.${suffix}`);
        case 'random':
        case 'kubeadm-token':
          return [secret.name];
      }
    });

    const content = [...SERVERS, WORKER]
      .flatMap((machine) => join(machine, cluster))
      .flatMap(({ files }) => files.map((file) => file.content))
      .join('');
    const named = [...content.matchAll(/\{\{secret:([^}]+)\}\}/g)].map(([, name]) => name);

    expect([...new Set(named)].filter((name) => !made.includes(name ?? ''))).toEqual([]);
    expect(named).toEqual(expect.arrayContaining(['ca.crt', 'ca.key', 'sa.key', 'encryption-key']));
  });

  test('stand in no command, and in no file that others than root may read', () => {
    const cluster = withWorker(aBalancedCluster(aVanilla()));
    const steps = [...SERVERS, WORKER].flatMap((machine) => join(machine, cluster));

    for (const { act, observe, verify } of steps)
      expect(`${act}${observe}${verify}`).not.toContain('{{secret:');
    const open = steps
      .flatMap(({ files }) => files)
      .filter(({ mode, content }) => mode !== '0600' && content.includes('{{secret:'));
    expect(open.map(({ path }) => path).sort()).toEqual([
      '/etc/kubernetes/pki/ca.crt',
      '/etc/kubernetes/pki/etcd/ca.crt',
      '/etc/kubernetes/pki/front-proxy-ca.crt',
      '/etc/kubernetes/pki/sa.pub',
    ]);
  });

  test('of the authorities are given to no other machine than the first', () => {
    const cluster = withWorker(aBalancedCluster(aVanilla()));

    const others = [...SERVERS.slice(1), WORKER].flatMap((machine) => join(machine, cluster));

    expect(others.flatMap(({ files }) => files.map(({ content }) => content)).join('')).not.toMatch(
      /secret:.*\.key/,
    );
  });
});

describe('the order of steps', () => {
  const cluster = withWorker(aBalancedCluster(aVanilla()));

  test('of the first machine ends with the network of pods', () => {
    expect(join(aMachine(), cluster).map(({ id }) => id)).toEqual(['form-cluster', 'install-network']);
  });

  test('of each other machine begins on the first one, which renews what lets it in', () => {
    const [admit, ...own] = join(SERVERS[2] ?? aMachine(), cluster);

    expect(admit).toMatchObject({ id: 'admit', on: 'edge-server-1', observe: null });
    expect(admit?.act).toContain('init phase upload-certs');
    expect(own.map(({ id, on }) => [id, on])).toEqual([['join-control-plane', undefined]]);
    const [admitWorker] = join(WORKER, cluster);
    expect(admitWorker?.act).toContain('init phase bootstrap-token');
    expect(admitWorker?.act).not.toContain('upload-certs');
  });

  test('before a join is the same for all machines', () => {
    const ids = [aMachine(), WORKER].map((machine) => vanilla.prepare(machine, cluster).map(({ id }) => id));

    expect(ids[0]).toEqual(['prepare-kernel', 'disable-swap', 'install-kubernetes', 'configure-containerd']);
    expect(ids[1]).toEqual(ids[0]);
  });
});

describe('containerd', () => {
  const files = (change: Partial<VanillaPlatformConfig>) =>
    vanilla
      .prepare(aMachine(), aCluster(SERVERS, aVanilla(change)))
      .filter(({ id }) => id === 'configure-containerd')
      .flatMap((step) => step.files);

  test('takes its pause image from where the others come from', () => {
    expect(files({ imageRepository: 'mirror.lab.internal/k8s' })[0]?.content).toContain(
      'sandbox_image = "mirror.lab.internal/k8s/pause:3.10"',
    );
  });

  test('asks mirrors before the registry itself, and trusts the authority of each', () => {
    const registries = {
      mirrors: { 'docker.io': ['https://mirror.lab.internal:5000'] },
      certificateAuthorities: { 'mirror.lab.internal:5000': 'PEM\n' },
    };

    const [, hosts, authority] = files({ registries });

    expect(hosts?.path).toBe('/etc/containerd/certs.d/docker.io/hosts.toml');
    expect(hosts?.content).toBe(
      'server = "https://registry-1.docker.io"\n\n[host."https://mirror.lab.internal:5000"]\n' +
        '  capabilities = ["pull", "resolve"]\n  ca = "/etc/containerd/authorities/mirror.lab.internal_5000.crt"\n',
    );
    expect(authority).toMatchObject({
      path: '/etc/containerd/authorities/mirror.lab.internal_5000.crt',
      content: 'PEM\n',
    });
  });
});

describe('the network of pods', () => {
  const networkOf = (cluster: PlatformCluster): GuestStep | undefined => join(aMachine(), cluster)[1];

  test('is awaited on the machine itself: a cluster that is restored knows nodes that are gone', () => {
    const { verify = '' } = networkOf(aCluster(SERVERS, aVanilla())) ?? {};

    expect(verify).toContain(`--field-selector 'spec.nodeName=${aMachine().name}'`);
    expect(verify).not.toContain('rollout status');
  });

  test("by Flannel is ours to the last line, and has the pods' subnet", () => {
    const step = networkOf(aCluster(SERVERS, aVanilla()));
    const { items } = JSON.parse(step?.files[0]?.content ?? '{}') as { items: unknown[] };

    expect(items.map((item) => at(item, 'kind'))).toEqual([
      'Namespace',
      'ServiceAccount',
      'ClusterRole',
      'ClusterRoleBinding',
      'ConfigMap',
      'DaemonSet',
    ]);
    expect(JSON.parse(String(at(items[4], 'data', 'net-conf.json')))).toMatchObject({
      Network: '10.42.0.0/16',
    });
    expect(at(items[5], 'spec', 'template', 'spec', 'containers', 0, 'args')).toEqual([
      '--ip-masq',
      '--kube-subnet-mgr',
    ]);
  });

  test("by Flannel goes through the cluster's own interface where there are others", () => {
    const interfaces = [
      {
        name: 'public',
        bridge: 'vmbr1',
        privateVLAN: null,
        cidr: null,
        ipRange: null,
        gateway: null,
        mtu: null,
      },
    ];
    const network = { bridge: null, privateVLAN: null, interfaces, firewall: [] };
    const cluster = aCluster(SERVERS, aVanilla());
    const definition = { ...cluster.definition, nodeGroups: [aNodeGroup({ network })] };

    expect(networkOf({ ...cluster, definition })?.files[0]?.content).toMatch(/"--iface=\w+"/);
  });

  test('by Calico comes from a release that is known by its checksum', () => {
    const { act = '' } = networkOf(aCluster(SERVERS, aVanilla({ cni: 'CALICO' }))) ?? {};

    expect(act).toMatch(/echo '[0-9a-f]{64} {2}\/var\/lib\/clusterwright\/calico\.yaml' \| sha256sum -c/);
    expect(act).toMatch(/calico\/v\d+\.\d+\.\d+\/manifests\/calico\.yaml/);
  });

  test('by Calico comes from elsewhere where the installation says so', () => {
    const cluster = aCluster(SERVERS, aVanilla({ cni: 'CALICO' }));
    const calicoManifest = { url: 'https://mirror.lab.internal/calico.yaml', sha256: 'a'.repeat(64) };

    const { act = '' } = networkOf({ ...cluster, settings: { ...cluster.settings, calicoManifest } }) ?? {};

    expect(act).toContain(`'${calicoManifest.url}'`);
    expect(act).toContain(calicoManifest.sha256);
  });

  test('by Cilium is installed or brought up to date, never twice', () => {
    const step = networkOf(aCluster(SERVERS, aVanilla({ cni: 'CILIUM' })));

    expect(step?.observe).toContain('daemonset/cilium');
    expect(step?.act).toContain('verb=upgrade');
    expect(step?.act).toContain('ipam.mode=kubernetes');
  });
});

describe('a definition that kubeadm cannot carry', () => {
  test('points to each role that it does not know', () => {
    const nodeGroups = [aNodeGroup(), aNodeGroup({ name: 'b', role: 'BOOTSTRAP' })];

    const faults = vanilla.faults(aDefinition({ ...aVanilla(), nodeGroups }));

    expect(faults.map(({ pointer }) => pointer)).toEqual(['/nodeGroups/1/role']);
  });
});
