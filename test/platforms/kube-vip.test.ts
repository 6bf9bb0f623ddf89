import { describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { GuestStep } from '../../domain/guest-step.js';
import { k3s } from '../../platforms/k3s/k3s.js';
import type { PlatformCluster } from '../../platforms/platform.js';
import { rke2 } from '../../platforms/rke2/rke2.js';
import { vanilla } from '../../platforms/vanilla/vanilla.js';
import { aLoadBalancer } from '../builders/service.js';
import { aBalancedCluster, aMachine, SERVERS } from './cluster.js';

const [FIRST = aMachine(), SECOND = aMachine()] = SERVERS;
const WORKER = aMachine({ name: 'edge-worker-1', role: 'WORKER', address: '10.1.107.103' });
const KUBE_VIP = aLoadBalancer({ configuration: { kind: 'KUBE_VIP', machines: null } });

const VANILLA = {
  type: 'VANILLA',
  version: 'v1.32.4',
  platformConfig: { cni: 'FLANNEL', imageRepository: 'registry.k8s.io', registries: null },
} as const;
const RKE2 = {
  type: 'RKE2',
  version: 'v1.32.4+rke2r1',
  platformConfig: { cni: 'canal', disable: [], registries: null, airGapUrl: null },
} as const;

const withKubeVip = (change: Partial<ClusterDefinition> = {}): PlatformCluster =>
  aBalancedCluster({ ...change, services: [KUBE_VIP] });

const idsOf = (steps: readonly GuestStep[]) => steps.map(({ id }) => id);

function manifestIn(steps: readonly GuestStep[]) {
  const files = steps.flatMap((step) => step.files.map((file) => ({ ...file, step: step.id })));
  const file = files.find(({ path }) => path.endsWith('/kube-vip.yaml'));
  if (file === undefined) return null;
  const documents = parseAllDocuments(file.content).map((one) => one.toJS() as Record<string, unknown>);
  return { ...file, documents, text: JSON.stringify(documents) };
}

describe('kube-vip in VANILLA', () => {
  test('is there before the first machine forms the cluster, with the only kubeconfig that has rights by then', () => {
    const manifest = manifestIn(vanilla.join(FIRST, withKubeVip(VANILLA)));

    expect(manifest).toMatchObject({
      ...{ step: 'form-cluster', path: '/etc/kubernetes/manifests/kube-vip.yaml', mode: '0600' },
      documents: [{ kind: 'Pod' }],
    });
    expect(manifest?.text).toContain('/etc/kubernetes/super-admin.conf');
    expect(manifest?.text).toContain('10.1.107.140');
    expect(manifest?.text).toContain('ghcr.io/kube-vip/kube-vip:v0.9.2');
  });

  test('goes by the kubeconfig that releases before 1.29 have', () => {
    const manifest = manifestIn(vanilla.join(FIRST, withKubeVip({ ...VANILLA, version: 'v1.28.9' })));

    expect(manifest?.text).not.toContain('super-admin');
  });

  test('comes to further machines after they have joined: kubeadm wants an empty folder', () => {
    const steps = vanilla.join(SECOND, withKubeVip(VANILLA));

    expect(idsOf(steps)).toEqual(['admit', 'join-control-plane', 'kube-vip']);
    expect(manifestIn(steps)).toMatchObject({ step: 'kube-vip' });
    expect(manifestIn(steps)?.text).not.toContain('super-admin');
  });

  test('is no business of workers, nor of clusters with another load balancer', () => {
    const another = aBalancedCluster({ ...VANILLA, services: [aLoadBalancer()] });

    expect(manifestIn(vanilla.join(WORKER, withKubeVip(VANILLA)))).toBeNull();
    expect([FIRST, SECOND].map((machine) => manifestIn(vanilla.join(machine, another)))).toEqual([
      null,
      null,
    ]);
  });
});

describe.each([
  { platform: k3s, change: {}, folder: '/var/lib/rancher/k3s/server/manifests', url: ':6443/ping' },
  { platform: rke2, change: RKE2, folder: '/var/lib/rancher/rke2/server/manifests', url: ':9345/ping' },
])('kube-vip in $platform.type', ({ platform, change, folder, url }) => {
  test('is applied by the first server, and waited for before others join by the address', () => {
    const steps = platform.join(FIRST, withKubeVip(change));

    expect(idsOf(steps)).toEqual(['start-server', 'api-address']);
    expect(steps[1]?.verify).toContain(`https://10.1.107.140${url}`);
    const manifest = manifestIn(steps);
    expect(manifest?.path).toBe(`${folder}/kube-vip.yaml`);
    expect(manifest?.documents.map(({ kind }) => kind)).toContain('DaemonSet');
  });

  test('is applied by no other machine: two would undo what the other does', () => {
    for (const machine of [SECOND, WORKER]) {
      const steps = platform.join(machine, withKubeVip(change));
      expect([manifestIn(steps), steps.length]).toEqual([null, 1]);
    }
  });

  test('is not there with another load balancer', () => {
    expect(manifestIn(platform.join(FIRST, aBalancedCluster(change)))).toBeNull();
  });
});
