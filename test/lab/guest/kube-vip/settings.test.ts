import { describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { kubeVipDaemonSet, kubeVipStaticPod } from '../../../../domain/load-balancer/kube-vip.js';
import { kubeVipSettings } from '../../../../lab/guest/kube-vip/settings.js';

type Spec = Parameters<typeof kubeVipSettings>[0];

const KUBE_VIP = {
  ...{ address: '10.1.107.5', port: 6443, interface: 'primary' },
  image: 'registry.example/kube-vip:v1.0.0',
};
const POD = kubeVipStaticPod(KUBE_VIP, '/etc/kubernetes/super-admin.conf');
const specOf = (text: string): Spec => (parse(text) as { spec: Spec }).spec;

describe('kube-vip of the lab', () => {
  test('takes the static pod that we write', () => {
    expect(kubeVipSettings(specOf(POD), ['lo', 'primary'])).toEqual({
      interface: 'primary',
      address: { address: '10.1.107.5', prefixLength: 32 },
      image: KUBE_VIP.image,
      kubeconfigPath: '/etc/kubernetes/super-admin.conf',
    });
  });

  test('takes the DaemonSet that we write, by its service account', () => {
    const sets = parseAllDocuments(kubeVipDaemonSet(KUBE_VIP)).map((one) => one.toJS() as { kind: string });
    const set = sets.find(({ kind }) => kind === 'DaemonSet') as unknown as {
      spec: { template: { spec: Spec } };
    };

    expect(kubeVipSettings(set.spec.template.spec, ['primary'])).toMatchObject({ kubeconfigPath: null });
  });

  test.each([
    ['an interface that the machine does not have', '"primary"', '"eth0"', /'eth0': Link not found/],
    ['no right to change addresses', '"NET_ADMIN"', '"SYS_TIME"', /operation not permitted/],
    ['no subnet', '"32"', '""', /invalid CIDR address/],
    ['another command', '"manager"', '"start"', /unknown command/],
    ['a network of its own', '"hostNetwork": true', '"hostNetwork": false', /network of its own/],
    ['its kubeconfig elsewhere', '/etc/kubernetes/admin.conf', '/root/.kube/config', /no configuration/],
    ['no election', '"vip_leaderelection"', '"vip_election"', /election/],
  ])('ends with %s', (_what, from, to, complaint) => {
    expect(POD).toContain(from);

    expect(() => kubeVipSettings(specOf(POD.replaceAll(from, to)), ['primary'])).toThrow(complaint);
  });
});
