import { expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { type KubeVip, kubeVipDaemonSet, kubeVipStaticPod } from '../../../domain/load-balancer/kube-vip.js';

const KUBE_VIP: KubeVip = {
  address: '10.1.107.5',
  port: 6443,
  interface: 'primary',
  image: 'registry.example/kube-vip:v1.0.0',
};

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly { readonly mountPath: string }[];
}

interface PodSpec {
  readonly containers: readonly [Container];
  readonly hostNetwork: boolean;
  readonly volumes?: readonly { readonly hostPath: { readonly path: string } }[];
}

function documents(text: string): { kind: string; spec: unknown; metadata: { name: string } }[] {
  return parseAllDocuments(text).map((document) => document.toJS());
}

function settings({ containers: [{ env }] }: PodSpec): Record<string, string | undefined> {
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

test('a static pod announces the address for the control plane, and elects who has it', () => {
  const [pod] = documents(kubeVipStaticPod(KUBE_VIP, '/etc/kubernetes/super-admin.conf'));
  const spec = pod?.spec as PodSpec;

  expect(pod?.kind).toBe('Pod');
  expect(settings(spec)).toMatchObject({
    ...{ address: '10.1.107.5', port: '6443', vip_interface: 'primary', vip_subnet: '32' },
    ...{ vip_arp: 'true', cp_enable: 'true', svc_enable: 'false', vip_leaderelection: 'true' },
  });
  expect(spec.hostNetwork).toBe(true);
  expect(spec.containers[0]).toMatchObject({ image: KUBE_VIP.image, args: ['manager'] });
  expect(spec.volumes?.[0]?.hostPath.path).toBe('/etc/kubernetes/super-admin.conf');
  expect(spec.containers[0].volumeMounts?.[0]?.mountPath).toBe('/etc/kubernetes/admin.conf');
});

test('a lease is renewed well before it ends', () => {
  const [pod] = documents(kubeVipStaticPod(KUBE_VIP, '/etc/kubernetes/admin.conf'));
  const { vip_leaseduration, vip_renewdeadline, vip_retryperiod } = settings(pod?.spec as PodSpec);

  expect(Number(vip_leaseduration)).toBeGreaterThan(Number(vip_renewdeadline));
  expect(Number(vip_renewdeadline)).toBeGreaterThan(Number(vip_retryperiod));
});

test('a DaemonSet comes with the rights that it needs, and no others', () => {
  const all = documents(kubeVipDaemonSet({ ...KUBE_VIP, address: 'fd00::5' }));

  expect(all.map(({ kind }) => kind)).toEqual([
    ...['ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding', 'DaemonSet'],
  ]);
  const rules = all.flatMap(
    (document) => (document as { rules?: { resources: string[]; verbs: string[] }[] }).rules ?? [],
  );
  expect(rules.map(({ resources }) => resources)).toEqual([['leases'], ['nodes']]);
  expect(rules.flatMap(({ verbs }) => verbs)).not.toContain('*');
  const daemonSet = all.find(({ kind }) => kind === 'DaemonSet')?.spec as { template: { spec: PodSpec } };
  expect(settings(daemonSet.template.spec)).toMatchObject({ address: 'fd00::5', vip_subnet: '128' });
});

test.each<[string, Partial<KubeVip>]>([
  ['an address', { address: 'api.demo' }],
  ['an address alone', { address: '10.1.107.5/24' }],
  ['a port', { port: 70_000 }],
  ['an interface', { interface: 'eth0; reboot' }],
  ['an image without a tag', { image: 'registry.example/kube-vip' }],
])('refuses what is not %s', (_, change) => {
  expect(() => kubeVipDaemonSet({ ...KUBE_VIP, ...change })).toThrow(
    expect.objectContaining({ code: 'INVALID_REQUEST' }),
  );
});

test('refuses what is no path of a file', () => {
  expect(() => kubeVipStaticPod(KUBE_VIP, 'admin.conf')).toThrow(/path of a file/);
});
