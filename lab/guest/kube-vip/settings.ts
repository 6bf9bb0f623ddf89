/** What kube-vip is told, as it reads it: by the environment of its container (https://kube-vip.io/docs/installation/flags/). */
import { isIP } from 'node:net';
import type { InterfaceAddress } from '../networking/subnet.js';

export interface KubeVipSettings {
  readonly interface: string;
  readonly address: InterfaceAddress;
  readonly image: string;
  /** Of the machine, mounted into the container; `null`: it goes by its service account. */
  readonly kubeconfigPath: string | null;
}

/** It ends at once, and is started again and again. */
export class KubeVipFailure extends Error {}

interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly serviceAccountName?: string;
  readonly containers?: readonly {
    readonly image?: string;
    readonly args?: readonly string[];
    readonly env?: readonly {
      readonly name: string;
      readonly value?: string;
      readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath?: string } };
    }[];
    readonly securityContext?: { readonly capabilities?: { readonly add?: readonly string[] } };
    readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
  readonly volumes?: readonly { readonly name: string; readonly hostPath?: { readonly path: string } }[];
}

/** Where it looks for a kubeconfig when it is not told otherwise. */
const KUBECONFIG = '/etc/kubernetes/admin.conf';
const CAPABILITIES = ['NET_ADMIN', 'NET_RAW'];

/** @param interfaces names of the machine's own. @throws KubeVipFailure */
export function kubeVipSettings(spec: PodSpec, interfaces: readonly string[]): KubeVipSettings {
  const container = spec.containers?.[0] ?? {};
  const env = new Map((container.env ?? []).map((one) => [one.name, one]));
  const value = (name: string): string => env.get(name)?.value ?? '';
  const expect = (isSo: boolean, complaint: string): void => {
    if (!isSo) throw new KubeVipFailure(complaint);
  };
  expect(container.args?.[0] === 'manager', 'Error: unknown command');
  expect(value('cp_enable') === 'true' || value('svc_enable') === 'true', 'no features are enabled');
  expect(value('vip_arp') === 'true', 'no mode of networking is enabled (arp, bgp, wireguard)');
  expect(spec.hostNetwork === true, 'could not get link for interface: it is in a network of its own');
  const device = value('vip_interface');
  expect(interfaces.includes(device), `could not get link for interface '${device}': Link not found`);
  const address = value('address');
  expect(isIP(address) !== 0, `invalid address: ${address}`);
  const prefixLength = Number(value('vip_subnet').replace('/', ''));
  expect(value('vip_subnet') !== '' && prefixLength <= 128, `invalid CIDR address: ${address}/`);
  expect(Number(value('port')) > 0, `strconv.ParseInt: parsing "${value('port')}": invalid syntax`);
  expect(value('vip_leaderelection') === 'true', 'without an election every machine takes the address');
  expect(
    env.get('vip_nodename')?.valueFrom?.fieldRef?.fieldPath === 'spec.nodeName',
    'no name of the node to be elected by',
  );
  const granted = container.securityContext?.capabilities?.add ?? [];
  const missing = CAPABILITIES.find((one) => !granted.includes(one));
  expect(missing === undefined, `could not add ip to device: operation not permitted (${missing})`);
  const mount = container.volumeMounts?.find(({ mountPath }) => mountPath === KUBECONFIG);
  const kubeconfigPath = spec.volumes?.find(({ name }) => name === mount?.name)?.hostPath?.path ?? null;
  expect(
    kubeconfigPath !== null || spec.serviceAccountName !== undefined,
    'could not create k8s clientset: no configuration has been provided',
  );
  return {
    ...{ interface: device, address: { address, prefixLength }, kubeconfigPath },
    image: container.image ?? '',
  };
}
