/** `platformConfig` of a definition, by distribution. Every field is present: the schema resolves the defaults. */

/** Where images come from instead of their own registries; what RKE2 and K3s call `registries.yaml`. */
export interface RegistryMirrors {
  /** Endpoints of each registry, tried in this order: `{"docker.io": ["https://mirror.lab.internal:5000"]}`. */
  readonly mirrors: Readonly<Record<string, readonly string[]>>;
  /** Certificate authorities of the endpoints, by host and port: PEM. */
  readonly certificateAuthorities: Readonly<Record<string, string>>;
}

export interface K3sPlatformConfig {
  /** Packaged components that are not installed: `traefik`, `servicelb`, `metrics-server`, `local-storage`, `coredns`. */
  readonly disable: readonly string[];
  readonly flannelBackend: 'vxlan' | 'host-gw' | 'wireguard-native' | 'none';
  readonly registries: RegistryMirrors | null;
  /** Where the binary and the images are fetched from by machines that reach nothing else: an `https` URL of a folder. */
  readonly airGapUrl: string | null;
  /**
   * Name of an external datastore in the service's configuration, a file in `DATASTORES_PATH` with its credentials;
   * `null` keeps etcd, or SQLite on a lone server.
   */
  readonly datastore: string | null;
}

export interface Rke2PlatformConfig {
  readonly cni: 'canal' | 'cilium' | 'calico' | 'none';
  /** Packaged charts that are not installed, such as `rke2-ingress-nginx`. */
  readonly disable: readonly string[];
  readonly registries: RegistryMirrors | null;
  readonly airGapUrl: string | null;
}

export interface VanillaPlatformConfig {
  readonly cni: 'CILIUM' | 'CALICO' | 'FLANNEL';
  /** `registry.k8s.io`, or a mirror of it. */
  readonly imageRepository: string;
  readonly registries: RegistryMirrors | null;
}

export interface TalosPlatformConfig {
  /** Of the installer, such as `ghcr.io/siderolabs/installer`. */
  readonly installerImage: string;
  /** Disk that is installed to, such as `/dev/sda`. */
  readonly installDisk: string;
  readonly cni: 'flannel' | 'none';
  /** Patches of the generated machine configuration, each a strategic merge as JSON, in this order. */
  readonly patches: readonly Readonly<Record<string, unknown>>[];
}

export interface OkdPlatformConfig {
  /** Folder of the boot service's files in which kernel, initramfs and root file system of the machines are. */
  readonly bootFiles: string;
  readonly installDevice: string;
  /** Where the install programme and `oc` are fetched from: an `https` URL of a folder. */
  readonly toolsUrl: string;
  /** Name of the pull secret in the service's configuration, a file in `PULL_SECRETS_PATH`; `null`: none is needed. */
  readonly pullSecret: string | null;
}
