/**
 * The parts of a `v1alpha1` machine configuration that we set
 * (https://docs.siderolabs.com/talos/latest/reference/configuration/v1alpha1/config).
 */

export interface MachineDocument {
  readonly version: 'v1alpha1';
  readonly persist: true;
  readonly machine: MachineSection;
  readonly cluster: ClusterSection;
}

/** PEM, in Base64. Workers get no keys. */
export interface EncodedCertificate {
  readonly crt: string;
  readonly key?: string;
}

export interface MachineSection {
  readonly type: 'controlplane' | 'worker';
  readonly token: string;
  readonly ca: EncodedCertificate;
  readonly certSANs: readonly string[];
  readonly kubelet: {
    readonly nodeIP: { readonly validSubnets: readonly string[] };
    readonly extraConfig?: Readonly<Record<string, unknown>>;
  };
  readonly network: NetworkSection;
  readonly install: { readonly disk: string; readonly image: string; readonly wipe: false };
  readonly nodeLabels?: Readonly<Record<string, string>>;
  /** `value:Effect` by key. */
  readonly nodeTaints?: Readonly<Record<string, string>>;
  readonly features: FeaturesSection;
}

export interface FeaturesSection {
  readonly rbac: true;
  readonly stableHostname: true;
  readonly apidCheckExtKeyUsage: true;
  readonly diskQuotaSupport: true;
  readonly kubePrism: { readonly enabled: true; readonly port: number };
  readonly hostDNS?: { readonly enabled: true; readonly forwardKubeDNSToHost: true };
}

export interface NetworkSection {
  readonly hostname: string;
  readonly interfaces: readonly InterfaceSection[];
  readonly nameservers: readonly string[];
}

export interface InterfaceSection {
  readonly deviceSelector: { readonly hardwareAddr: string };
  readonly addresses?: readonly string[];
  readonly routes?: readonly { readonly network: string; readonly gateway: string }[];
  readonly mtu?: number;
  readonly dhcp: false;
  readonly vip?: { readonly ip: string };
}

export interface ClusterSection {
  readonly id: string;
  readonly secret: string;
  readonly clusterName: string;
  readonly controlPlane: { readonly endpoint: string };
  readonly network: {
    readonly dnsDomain: string;
    readonly podSubnets: readonly string[];
    readonly serviceSubnets: readonly string[];
    readonly cni: {
      readonly name: 'flannel' | 'none';
      readonly flannel?: { readonly extraArgs: readonly string[] };
    };
  };
  readonly token: string;
  readonly ca: EncodedCertificate;
  readonly discovery: { readonly enabled: false };
  /** From here on of control-plane machines only. */
  readonly secretboxEncryptionSecret?: string;
  readonly aggregatorCA?: EncodedCertificate;
  readonly serviceAccount?: { readonly key: string };
  readonly apiServer?: { readonly certSANs: readonly string[]; readonly disablePodSecurityPolicy: true };
  readonly etcd?: { readonly ca: EncodedCertificate; readonly advertisedSubnets: readonly string[] };
  readonly allowSchedulingOnControlPlanes?: true;
}
