/** Every configuration that kubeadm is given, its secrets filled in, is one that kubeadm takes without a warning. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeSecrets } from '../../activities/secrets/make-secrets.js';
import { type ClusterSecrets, resolveFile, secretsOf } from '../../activities/ssh/guest-secrets.js';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { PlatformCluster, PlatformMachine } from '../../platforms/platform.js';
import { KUBEADM_CONFIGURATION } from '../../platforms/vanilla/paths.js';
import { vanilla } from '../../platforms/vanilla/vanilla.js';
import { aBalancedCluster, aCluster, aMachine, SERVERS } from '../platforms/cluster.js';
import { aStore } from '../store/store-builder.js';
import { BUILD_TIMEOUT_MS, describeWithGo, goProgram, KUBERNETES, KUBERNETES_VERSION } from './go-program.js';

const PLATFORM = { cni: 'CILIUM', imageRepository: 'registry.k8s.io', registries: null };
const MARKS = {
  labels: { 'node.example.com/zone': 'a', tier: 'edge' },
  taints: [
    { key: 'example.com/gpu', value: 'yes', effect: 'NoSchedule' },
    { key: 'reserved', value: '', effect: 'NoExecute' },
  ],
} as const;
const WORKER = aMachine({ name: 'edge-worker-1', role: 'WORKER', address: '10.1.107.103' });

const definition = (change: Partial<ClusterDefinition> = {}): Partial<ClusterDefinition> => ({
  type: 'VANILLA',
  version: KUBERNETES_VERSION,
  platformConfig: PLATFORM,
  ...change,
});
const withNodes = (cluster: PlatformCluster, ...nodes: readonly PlatformMachine[]): PlatformCluster => ({
  ...cluster,
  nodes: [...cluster.nodes, ...nodes],
});
const { network, security } = aCluster().definition;

const IPV6 = [1, 2, 3].map((n) => aMachine({ name: `edge-server-${n}`, address: `fd00::10${n}` }));
const IPV6_CLUSTER = aCluster(
  IPV6,
  definition({ network: { ...network, podCidr: 'fd01::/56', serviceCidr: 'fd02::/112' } }),
);
const MARKED = SERVERS.map((server) => ({ ...server, ...MARKS }));

const SHAPES: Readonly<Record<string, PlatformCluster>> = {
  'one machine': aCluster(SERVERS.slice(0, 1), definition()),
  'three of the control plane and a worker': withNodes(aBalancedCluster(definition()), WORKER),
  'the release before': withNodes(aBalancedCluster(definition({ version: 'v1.35.0' })), WORKER),
  'an IPv6 network': withNodes(IPV6_CLUSTER, { ...WORKER, address: 'fd00::104' }),
  'an IPv6 address before them': {
    ...IPV6_CLUSTER,
    endpoint: { address: 'fd00::90', isBalanced: true, names: ['api.edge.lab.internal'] },
  },
  'labels and taints, one of them without a value': withNodes(aCluster(MARKED, definition()), {
    ...WORKER,
    ...MARKS,
  }),
  'Secrets that are not encrypted': aBalancedCluster(
    definition({ security: { ...security, encryptSecretsAtRest: false } }),
  ),
  'images from a mirror': aCluster(
    SERVERS,
    definition({ platformConfig: { ...PLATFORM, imageRepository: 'mirror.lab.internal:5000/k8s' } }),
  ),
};
/** Its own releases are older than those that this kubeadm forms clusters of: only the form is asked about. */
const OLDER_FORMAT = withNodes(aBalancedCluster(definition({ version: 'v1.30.9' })), WORKER);

describeWithGo([KUBERNETES], 'kubeadm', () => {
  let program: string;
  let folder: string;
  let secrets: ClusterSecrets;
  beforeAll(async () => {
    program = await goProgram(KUBERNETES);
    folder = await mkdtemp(join(tmpdir(), 'clusterwright-kubeadm-'));
    const store = await aStore();
    await makeSecrets(store.secrets, 'uid-1', vanilla.secrets(aCluster().definition));
    secrets = await secretsOf(store.secrets, 'uid-1');
  }, BUILD_TIMEOUT_MS);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const configurationOf = (machine: PlatformMachine, cluster: PlatformCluster): string => {
    const files = vanilla.join(machine, cluster).flatMap((step) => step.files);
    const file = files.find(({ path }) => path === KUBEADM_CONFIGURATION);
    if (file === undefined) throw new Error(`${machine.name} has no configuration`);
    return resolveFile(file, secrets).content;
  };
  /** What kubeadm says. */
  const answer = async (text: string, ...options: readonly string[]): Promise<string> => {
    const path = join(folder, 'kubeadm.yaml');
    await writeFile(path, text);
    const args = ['kubeadm', 'config', 'validate', '--config', path, ...options];
    const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    return stdout + stderr;
  };

  test.each(Object.entries(SHAPES))(
    'takes what the machines of %s are given',
    async (_, cluster) => {
      for (const machine of cluster.nodes) {
        expect([machine.name, await answer(configurationOf(machine, cluster))]).toEqual([
          machine.name,
          'ok\n',
        ]);
      }
    },
    30_000,
  );

  test('takes the older format, which it calls that', async () => {
    for (const machine of OLDER_FORMAT.nodes) {
      const text = configurationOf(machine, OLDER_FORMAT).replace('v1.30.9', KUBERNETES_VERSION);

      expect(text).toContain('kubeadm.k8s.io/v1beta3');
      expect(await answer(text)).toMatch(/deprecated|old API spec/);
      expect(await answer(text, '--allow-deprecated-api')).toMatch(/^ok$/m);
    }
  });

  test.each<[string, string, string, RegExp]>([
    ['a field that it does not know', '"clusterName"', '"nameOfCluster"', /nameOfCluster/],
    ['a network that is none', '10.42.0.0/16', '10.42.0.0.0', /podSubnet/],
    ['a socket of no known kind', 'unix:///run', 'http:///run', /criSocket/i],
    ['a token that is none', '"token": "', '"token": "X', /token/],
    ['a release that it cannot form clusters of', KUBERNETES_VERSION, 'v1.30.9', /v1\.30\.9/],
  ])('objects to %s', async (_, right, wrong, why) => {
    const cluster = withNodes(aBalancedCluster(definition()), WORKER);
    const text = configurationOf(SERVERS[0] ?? aMachine(), cluster);

    expect(text).toContain(right);
    expect(await answer(text.replaceAll(right, wrong))).toMatch(why);
  });
});
