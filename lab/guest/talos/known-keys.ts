/**
 * The keys that a `v1alpha1` machine configuration may have
 * (https://docs.siderolabs.com/talos/latest/reference/configuration/v1alpha1/config): Talos takes no others.
 */

/** `any`: whatever is inside is not looked at; of a list, what its entries may have. */
export type KnownKeys = { readonly [key: string]: KnownKeys } | 'any';

const CERTIFICATE: KnownKeys = { crt: 'any', key: 'any' };

const INTERFACE: KnownKeys = {
  interface: 'any',
  deviceSelector: {
    ...{ busPath: 'any', hardwareAddr: 'any', permanentAddr: 'any', pciID: 'any', driver: 'any' },
    physical: 'any',
  },
  addresses: 'any',
  cidr: 'any',
  routes: { network: 'any', gateway: 'any', source: 'any', metric: 'any', mtu: 'any' },
  bond: 'any',
  bridge: 'any',
  bridgePort: 'any',
  vlans: {
    ...{ addresses: 'any', cidr: 'any', routes: 'any', dhcp: 'any', vlanId: 'any', mtu: 'any', vip: 'any' },
    dhcpOptions: 'any',
  },
  ...{
    mtu: 'any',
    dhcp: 'any',
    ignore: 'any',
    dummy: 'any',
    dhcpOptions: 'any',
    wireguard: 'any',
    vip: 'any',
  },
};

const COMPONENT: KnownKeys = {
  ...{ image: 'any', extraArgs: 'any', extraVolumes: 'any', env: 'any', resources: 'any', disabled: 'any' },
};

export const MACHINE_KEYS: KnownKeys = {
  ...{ type: 'any', token: 'any', ca: CERTIFICATE, acceptedCAs: 'any', certSANs: 'any', controlPlane: 'any' },
  kubelet: {
    ...{ image: 'any', clusterDNS: 'any', extraArgs: 'any', extraMounts: 'any', extraConfig: 'any' },
    ...{ credentialProviderConfig: 'any', defaultRuntimeSeccompProfileEnabled: 'any' },
    ...{ registerWithFQDN: 'any', nodeIP: { validSubnets: 'any' }, skipNodeRegistration: 'any' },
    disableManifestsDirectory: 'any',
  },
  pods: 'any',
  network: {
    ...{ hostname: 'any', interfaces: INTERFACE, nameservers: 'any', searchDomains: 'any' },
    ...{ extraHostEntries: 'any', kubespan: 'any', disableSearchDomain: 'any' },
  },
  disks: 'any',
  install: {
    ...{ disk: 'any', diskSelector: 'any', extraKernelArgs: 'any', image: 'any', extensions: 'any' },
    ...{ bootloader: 'any', wipe: 'any', legacyBIOSSupport: 'any' },
  },
  ...{ files: 'any', env: 'any', time: 'any', sysctls: 'any', sysfs: 'any', registries: 'any' },
  systemDiskEncryption: 'any',
  features: {
    ...{ rbac: 'any', stableHostname: 'any', kubernetesTalosAPIAccess: 'any', apidCheckExtKeyUsage: 'any' },
    ...{ diskQuotaSupport: 'any', kubePrism: { enabled: 'any', port: 'any' }, imageCache: 'any' },
    hostDNS: { enabled: 'any', forwardKubeDNSToHost: 'any', resolveMemberNames: 'any' },
    nodeAddressSortAlgorithm: 'any',
  },
  ...{ udev: 'any', logging: 'any', kernel: 'any', seccompProfiles: 'any', baseRuntimeSpecOverrides: 'any' },
  ...{ nodeLabels: 'any', nodeAnnotations: 'any', nodeTaints: 'any' },
};

export const CLUSTER_KEYS: KnownKeys = {
  ...{ id: 'any', secret: 'any', clusterName: 'any', token: 'any' },
  controlPlane: { endpoint: 'any', localAPIServerPort: 'any' },
  network: {
    ...{ dnsDomain: 'any', podSubnets: 'any', serviceSubnets: 'any' },
    cni: { name: 'any', urls: 'any', flannel: { extraArgs: 'any' } },
  },
  ...{ aescbcEncryptionSecret: 'any', secretboxEncryptionSecret: 'any' },
  ...{ ca: CERTIFICATE, acceptedCAs: 'any', aggregatorCA: CERTIFICATE, serviceAccount: { key: 'any' } },
  apiServer: {
    ...{ image: 'any', extraArgs: 'any', extraVolumes: 'any', env: 'any', certSANs: 'any', resources: 'any' },
    ...{ disablePodSecurityPolicy: 'any', admissionControl: 'any', auditPolicy: 'any' },
    authorizationConfig: 'any',
  },
  controllerManager: COMPONENT,
  proxy: { disabled: 'any', image: 'any', mode: 'any', extraArgs: 'any' },
  scheduler: { ...COMPONENT, config: 'any' },
  discovery: { enabled: 'any', registries: 'any' },
  etcd: {
    ...{ image: 'any', ca: CERTIFICATE, extraArgs: 'any', subnet: 'any' },
    ...{ advertisedSubnets: 'any', listenSubnets: 'any' },
  },
  coreDNS: { disabled: 'any', image: 'any' },
  ...{ externalCloudProvider: 'any', extraManifests: 'any', extraManifestHeaders: 'any' },
  ...{ inlineManifests: 'any', adminKubeconfig: 'any', allowSchedulingOnMasters: 'any' },
  allowSchedulingOnControlPlanes: 'any',
};

export const DOCUMENT_KEYS: KnownKeys = {
  ...{ version: 'any', debug: 'any', persist: 'any', machine: MACHINE_KEYS, cluster: CLUSTER_KEYS },
};

/** What is unknown, with the way to it: `{machine: {instal: ...}}`; `undefined` when nothing is. */
export function unknownKeys(value: unknown, known: KnownKeys): unknown {
  if (known === 'any' || typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    const found = value.map((entry) => unknownKeys(entry, known)).filter((entry) => entry !== undefined);
    return found.length === 0 ? undefined : found;
  }
  const found = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    const inside = Object.hasOwn(known, key) ? known[key] : undefined;
    if (inside === undefined) return [[key, inner]];
    const unknown = unknownKeys(inner, inside);
    return unknown === undefined ? [] : [[key, unknown]];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
