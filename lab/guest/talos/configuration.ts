/** The machine configuration, read as strictly as Talos does. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { parseAllDocuments, stringify } from 'yaml';
import type { Credential } from '../../kubernetes/pki/certificates.js';
import type { NodeTaint } from '../../kubernetes/lab-kubernetes.js';
import { DOCUMENT_KEYS, unknownKeys } from './known-keys.js';

export interface TalosConfiguration {
  readonly type: 'controlplane' | 'worker';
  readonly hostname: string;
  readonly interfaces: readonly TalosInterface[];
  readonly nameservers: readonly string[];
  readonly installDisk: string;
  /** With which machines prove to each other that they belong together. */
  readonly machineToken: string;
  /** A worker has no key of it. */
  readonly machineCa: PossiblyCredential;
  readonly machineNames: readonly string[];
  readonly nodeSubnets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly NodeTaint[];
  readonly bootstrapToken: string;
  readonly endpoint: URL;
  readonly kubernetesCa: PossiblyCredential;
  readonly etcdCa: PossiblyCredential | null;
  readonly apiNames: readonly string[];
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  readonly dnsDomain: string;
  readonly cni: string;
}

export interface TalosInterface {
  readonly name: string | null;
  /** Lower case. */
  readonly mac: string | null;
  readonly addresses: readonly string[];
  readonly routes: readonly { readonly to: string; readonly via: string }[];
  readonly mtu: number | null;
  readonly dhcp: boolean;
  /** What one of the control-plane machines has, beside its own. */
  readonly sharedAddress: string | null;
}

export type PossiblyCredential = Omit<Credential, 'privateKey'> & { readonly privateKey: string | null };

/** Talos refuses the configuration; the message is its own. */
export class ConfigurationRefused extends Error {
  readonly kind: 'unparsable' | 'invalid';

  constructor(kind: 'unparsable' | 'invalid', message: string) {
    super(message);
    this.kind = kind;
  }
}

type Section = Readonly<Record<string, unknown>>;

/** @throws ConfigurationRefused */
export function parseConfiguration(yaml: string): TalosConfiguration {
  const documents = parseAllDocuments(yaml);
  if ('empty' in documents) throw unparsable('no configuration documents provided');
  const broken = documents.flatMap(({ errors }) => errors)[0];
  if (broken !== undefined) throw unparsable(`failed to decode manifest: yaml: ${broken.message}`);
  const values = documents.map((document) => section(document.toJS()));
  const main = values.find((value) => value['kind'] === undefined);
  if (main === undefined) throw invalid(['machine instructions are required']);
  if (main['version'] !== 'v1alpha1') throw unparsable('invalid config version');
  const unknown = unknownKeys(main, DOCUMENT_KEYS);
  if (unknown !== undefined) throw unparsable(`unknown keys found during decoding:\n${stringify(unknown)}`);
  return validated(main);
}

function validated(main: Section): TalosConfiguration {
  const machine = section(main['machine']);
  const cluster = section(main['cluster']);
  if (main['machine'] === undefined) throw invalid(['machine instructions are required']);
  const type = text(machine['type']);
  const isControlPlane = type === 'controlplane';
  const faults: string[] = [];
  const machineCa = credential(machine['ca']);
  const kubernetesCa = credential(cluster['ca']);
  const etcd = section(cluster['etcd']);
  const endpoint = text(section(cluster['controlPlane'])['endpoint']);
  const install = section(machine['install']);

  if (main['cluster'] === undefined) faults.push('cluster instructions are required');
  else if (!URL.canParse(endpoint)) faults.push('cluster controlplane endpoint is required');
  else if (new URL(endpoint).protocol !== 'https:')
    faults.push(`invalid controlplane endpoint: url must start with https: "${endpoint}"`);
  if (type !== 'controlplane' && type !== 'worker') faults.push(`unknown machine type "${type}"`);
  if (machineCa === undefined)
    faults.push('issuing CA or some accepted CAs are required (.machine.ca, machine.acceptedCAs)');
  else if (isControlPlane && machineCa.privateKey === null)
    faults.push('issuing CA key is required for controlplane nodes (.machine.ca.key)');
  else if (!isControlPlane && machineCa.privateKey !== null)
    faults.push('issuing Talos API CA key is not allowed on non-controlplane nodes (.machine.ca)');
  if (kubernetesCa === undefined) faults.push('issuing Kubernetes API CA is required (.cluster.ca)');
  else if (!isControlPlane && kubernetesCa.privateKey !== null)
    faults.push('issuing Kubernetes API CA key is not allowed on non-controlplane nodes (.cluster.ca)');
  if (!isControlPlane && cluster['etcd'] !== undefined)
    faults.push('etcd config is only allowed on control plane machines');
  if (isControlPlane && credential(etcd['ca'])?.privateKey === undefined)
    faults.push('key/cert combination should not be empty');
  if (!isControlPlane && list(section(machine['network'])['interfaces']).some((one) => 'vip' in section(one)))
    faults.push('virtual (shared) IP is not allowed on non-controlplane nodes');
  if (text(install['disk']) === '' && install['diskSelector'] === undefined)
    faults.push('either install disk or diskSelector should be defined');
  if (main['persist'] === false) faults.push('.persist should be enabled');
  if (faults.length > 0 || machineCa === undefined || kubernetesCa === undefined) throw invalid(faults);

  const network = section(machine['network']);
  const clusterNetwork = section(cluster['network']);
  const kubelet = section(machine['kubelet']);
  return {
    type: isControlPlane ? 'controlplane' : 'worker',
    hostname: text(network['hostname']),
    interfaces: list(network['interfaces']).map(interfaceOf),
    nameservers: texts(network['nameservers']),
    installDisk: text(install['disk']),
    machineToken: text(machine['token']),
    machineCa,
    machineNames: texts(machine['certSANs']),
    nodeSubnets: texts(section(kubelet['nodeIP'])['validSubnets']),
    labels: section(machine['nodeLabels']) as Readonly<Record<string, string>>,
    taints: taintsOf(machine, kubelet, isControlPlane && cluster['allowSchedulingOnControlPlanes'] !== true),
    bootstrapToken: text(cluster['token']),
    endpoint: new URL(endpoint),
    kubernetesCa,
    etcdCa: credential(etcd['ca']) ?? null,
    apiNames: texts(section(cluster['apiServer'])['certSANs']),
    podSubnet: texts(clusterNetwork['podSubnets'])[0] ?? '10.244.0.0/16',
    serviceSubnet: texts(clusterNetwork['serviceSubnets'])[0] ?? '10.96.0.0/12',
    dnsDomain: text(clusterNetwork['dnsDomain']) || 'cluster.local',
    cni: text(section(clusterNetwork['cni'])['name']) || 'flannel',
  };
}

function interfaceOf(value: unknown): TalosInterface {
  const one = section(value);
  const mac = text(section(one['deviceSelector'])['hardwareAddr']).toLowerCase();
  return {
    name: text(one['interface']) || null,
    mac: mac || null,
    addresses: texts(one['addresses']),
    routes: list(one['routes']).map((route) => ({
      to: text(section(route)['network']) || '0.0.0.0/0',
      via: text(section(route)['gateway']),
    })),
    mtu: typeof one['mtu'] === 'number' ? one['mtu'] : null,
    dhcp: one['dhcp'] === true,
    sharedAddress: text(section(one['vip'])['ip']) || null,
  };
}

function taintsOf(machine: Section, kubelet: Section, isReserved: boolean): NodeTaint[] {
  const own = Object.entries(section(machine['nodeTaints'])).map(([key, value]) => {
    const [, before = '', effect = ''] = /^(?:([^:]*):)?([^:]+)$/.exec(text(value)) ?? [];
    return { key, value: before, effect };
  });
  const registered = list(section(kubelet['extraConfig'])['registerWithTaints']).map((taint) => {
    const { key, value, effect } = section(taint);
    return { key: text(key), value: text(value), effect: text(effect) };
  });
  const reserved = { key: 'node-role.kubernetes.io/control-plane', value: '', effect: 'NoSchedule' };
  return [...(isReserved ? [reserved] : []), ...own, ...registered];
}

/** PEM in Base64. Talos goes by the label of a key's block, and knows those of Go's libraries. */
function credential(value: unknown): PossiblyCredential | undefined {
  const { crt, key } = section(value);
  const certificate = Buffer.from(text(crt), 'base64').toString();
  const pem = Buffer.from(text(key), 'base64').toString();
  try {
    if (!new X509Certificate(certificate).ca) return undefined;
    return { certificate, privateKey: pem === '' ? null : readableKey(pem) };
  } catch {
    return undefined;
  }
}

function readableKey(pem: string): string {
  const label = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem)?.[1] ?? '';
  if (!['RSA PRIVATE KEY', 'ED25519 PRIVATE KEY', 'EC PRIVATE KEY'].includes(label))
    throw invalid([`unsupported key type: "${label}"`]);
  const key = createPrivateKey(pem.replaceAll('ED25519 PRIVATE KEY', 'PRIVATE KEY'));
  return key.export({ format: 'pem', type: 'pkcs8' }) as string;
}

function unparsable(message: string): ConfigurationRefused {
  return new ConfigurationRefused('unparsable', `failed to parse config: ${message}`);
}

function invalid(faults: readonly string[]): ConfigurationRefused {
  const listed = faults.map((fault) => `\t* ${fault}`).join('\n');
  const count = `${faults.length} error${faults.length === 1 ? '' : 's'} occurred:`;
  return new ConfigurationRefused('invalid', `configuration validation failed: ${count}\n${listed}\n\n`);
}

function section(value: unknown): Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Section) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): string[] {
  return list(value).filter((each): each is string => typeof each === 'string');
}
