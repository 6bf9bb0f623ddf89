/** The fields of kubeadm's configuration (https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4). */

/** `true`: anything; an array: a list of such; otherwise a map with these keys. */
export type Fields = true | readonly [Fields] | { readonly [key: string]: Fields };

export type Format = 'v1beta3' | 'v1beta4';

const NODE_REGISTRATION: Readonly<Record<string, Fields>> = {
  name: true,
  criSocket: true,
  taints: [{ key: true, value: true, effect: true, timeAdded: true }],
  kubeletExtraArgs: true,
  ignorePreflightErrors: [true],
  imagePullPolicy: true,
};
const API_ENDPOINT: Fields = { advertiseAddress: true, bindPort: true };
const PATCHES: Fields = { directory: true };
const VOLUME: Fields = { name: true, hostPath: true, mountPath: true, readOnly: true, pathType: true };
const COMPONENT: Readonly<Record<string, Fields>> = { extraArgs: true, extraVolumes: [VOLUME] };
const TOKEN: Fields = {
  ...{ token: true, description: true, ttl: true, expires: true },
  ...{ usages: [true], groups: [true] },
};
const TIMEOUTS: Fields = {
  ...{ controlPlaneComponentHealthCheck: true, discovery: true, etcdAPICall: true },
  ...{ kubeletHealthCheck: true, kubernetesAPICall: true, tlsBootstrap: true, upgradeManifests: true },
};

function newer(format: Format, fields: Readonly<Record<string, Fields>>): Readonly<Record<string, Fields>> {
  return format === 'v1beta4' ? fields : {};
}

/** By kind; `undefined` for one that the format does not have. */
export function fieldsOf(format: Format, kind: string): Fields | undefined {
  const component = { ...COMPONENT, ...newer(format, { extraEnvs: [true] }) };
  const registration = { ...NODE_REGISTRATION, ...newer(format, { imagePullSerial: true }) };
  const common: Readonly<Record<string, Fields>> = {
    nodeRegistration: registration,
    skipPhases: [true],
    patches: PATCHES,
  };
  const kinds: Readonly<Record<string, Fields>> = {
    InitConfiguration: {
      ...common,
      bootstrapTokens: [TOKEN],
      localAPIEndpoint: API_ENDPOINT,
      certificateKey: true,
      ...newer(format, { dryRun: true, timeouts: TIMEOUTS }),
    },
    ClusterConfiguration: {
      etcd: {
        local: {
          ...component,
          ...{
            imageRepository: true,
            imageTag: true,
            dataDir: true,
            serverCertSANs: [true],
            peerCertSANs: [true],
          },
        },
        external: { endpoints: [true], caFile: true, certFile: true, keyFile: true },
      },
      networking: { serviceSubnet: true, podSubnet: true, dnsDomain: true },
      ...{
        kubernetesVersion: true,
        controlPlaneEndpoint: true,
        certificatesDir: true,
        imageRepository: true,
      },
      apiServer: {
        ...component,
        certSANs: [true],
        ...(format === 'v1beta3' ? { timeoutForControlPlane: true } : {}),
      },
      controllerManager: component,
      scheduler: component,
      dns: { imageRepository: true, imageTag: true, ...newer(format, { disabled: true }) },
      ...{ featureGates: true, clusterName: true },
      ...newer(format, {
        proxy: { disabled: true },
        encryptionAlgorithm: true,
        certificateValidityPeriod: true,
        caCertificateValidityPeriod: true,
      }),
    },
    JoinConfiguration: {
      ...common,
      caCertPath: true,
      discovery: {
        bootstrapToken: {
          token: true,
          apiServerEndpoint: true,
          caCertHashes: [true],
          unsafeSkipCAVerification: true,
        },
        file: { kubeConfigPath: true },
        tlsBootstrapToken: true,
        ...(format === 'v1beta3' ? { timeout: true } : {}),
      },
      controlPlane: { localAPIEndpoint: API_ENDPOINT, certificateKey: true },
      ...newer(format, { dryRun: true, timeouts: TIMEOUTS }),
    },
  };
  return Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
}

/** Of the kubelet, those that administrators set (https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1). */
export const KUBELET_FIELDS: Fields = Object.fromEntries(
  [
    ...[
      'cgroupDriver',
      'clusterDNS',
      'clusterDomain',
      'failSwapOn',
      'maxPods',
      'resolvConf',
      'rotateCertificates',
    ],
    ...['serverTLSBootstrap', 'shutdownGracePeriod', 'shutdownGracePeriodCriticalPods', 'staticPodPath'],
    ...['evictionHard', 'kubeReserved', 'systemReserved', 'imageGCHighThresholdPercent', 'featureGates'],
    ...['containerRuntimeEndpoint', 'registerWithTaints', 'nodeStatusUpdateFrequency', 'serializeImagePulls'],
  ].map((name) => [name, true]),
);
