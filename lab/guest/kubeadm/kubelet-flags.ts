/** What kubeadm leaves for the kubelet in its environment file, and what the kubelet makes of it. */
import type { NodeTaint } from '../../kubernetes/lab-kubernetes.js';
import { putFile, readText } from '../disk/root-files.js';
import type { GuestSystem } from '../system.js';
import { argumentsOf, type NodeRegistration } from './documents.js';
import { KubeadmFailure } from './failure.js';
import { KUBELET_FLAGS, nodeName } from './host.js';

export interface KubeletFlags {
  readonly name: string;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly NodeTaint[];
}

/** Flags that were taken away from the kubelet long ago are not among them. */
const KNOWN = [
  'node-ip',
  'node-labels',
  'hostname-override',
  'register-with-taints',
  'v',
  'max-pods',
  'cloud-provider',
];
const ALLOWED_LABEL =
  /^(?:.*\.)?(?:kubelet|node)\.kubernetes\.io\/|^topology\.kubernetes\.io\/(?:zone|region)$/;
const RESERVED_LABEL = /^(?:.*\.)?(?:kubernetes|k8s)\.io\//;

export function writeKubeletFlags(
  system: GuestSystem,
  registration: NodeRegistration,
  taints: NodeRegistration['taints'],
): void {
  const extra = argumentsOf(registration.kubeletExtraArgs);
  const spec = (taints ?? []).map(({ key, value, effect }) => `${key}=${value ?? ''}:${effect}`).join(',');
  const flags = {
    'hostname-override': nodeName(system, registration.name),
    ...(spec === '' ? {} : { 'register-with-taints': spec }),
    ...extra,
  };
  const words = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  putFile(system.disk, KUBELET_FLAGS, `KUBELET_KUBEADM_ARGS="${words.join(' ')}"\n`);
}

/** @throws KubeadmFailure for a flag or a label that the kubelet refuses. */
export function kubeletFlags(system: GuestSystem): KubeletFlags {
  const [, line = ''] = /KUBELET_KUBEADM_ARGS="(.*)"/.exec(readText(system.disk, KUBELET_FLAGS) ?? '') ?? [];
  const given = new Map(
    line
      .split(' ')
      .filter((word) => word !== '')
      .map((word) => {
        const [, name = '', value = ''] = /^--([^=]+)=(.*)$/.exec(word) ?? [];
        if (!KNOWN.includes(name))
          throw new KubeadmFailure(`failed to parse kubelet flag: unknown flag: --${name}`);
        return [name, value] as const;
      }),
  );
  const labels = Object.fromEntries(
    list(given.get('node-labels')).map((pair) => pair.split('=') as [string, string]),
  );
  const refused = Object.keys(labels).filter((key) => RESERVED_LABEL.test(key) && !ALLOWED_LABEL.test(key));
  if (refused.length > 0)
    throw new KubeadmFailure(
      `failed to validate kubelet flags: unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [${refused.join(' ')}]`,
    );
  const address = given.get('node-ip') ?? system.interfaces.mainAddress() ?? '';
  return {
    name: given.get('hostname-override') ?? nodeName(system, undefined),
    address,
    labels,
    taints: list(given.get('register-with-taints')).map((text) => {
      const [, key = '', value = '', effect = ''] = /^([^=:]+)=?([^:]*):(\w+)$/.exec(text) ?? [];
      return { key, value, effect };
    }),
  };
}

function list(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((part) => part !== '');
}
