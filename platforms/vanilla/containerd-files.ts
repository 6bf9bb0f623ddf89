/** containerd's own configuration, and where it gets images from. */
import type { GuestFile } from '../../domain/guest-step.js';
import type { RegistryMirrors, VanillaPlatformConfig } from '../../domain/platform-config.js';
import { pauseImage, type Release } from './release.js';

const MIRRORS = '/etc/containerd/certs.d';
const AUTHORITIES = '/etc/containerd/authorities';
/** Docker's registry is called otherwise than images call it. */
const SERVERS: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

export function containerdFiles(release: Release, config: VanillaPlatformConfig): GuestFile[] {
  return [
    {
      path: '/etc/containerd/config.toml',
      mode: '0644',
      content: configToml(pauseImage(release, config.imageRepository)),
    },
    ...(config.registries === null ? [] : mirrorFiles(config.registries)),
  ];
}

/** Version 2 of the format is read by containerd 1.x and 2.x alike. */
function configToml(pause: string): string {
  return `version = 2

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${toml(pause)}

  # Some packagers look for plugins elsewhere than where Kubernetes' packages and networks put them.
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = true

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = ${toml(MIRRORS)}
`;
}

/** https://github.com/containerd/containerd/blob/main/docs/hosts.md */
function mirrorFiles({ mirrors, certificateAuthorities }: RegistryMirrors): GuestFile[] {
  const hosts = Object.entries(mirrors).map(([registry, endpoints]) => ({
    path: `${MIRRORS}/${registry}/hosts.toml`,
    mode: '0644',
    content: hostsToml(registry, endpoints, certificateAuthorities),
  }));
  const authorities = Object.entries(certificateAuthorities).map(([host, pem]) => ({
    path: authorityPath(host),
    mode: '0644',
    content: pem,
  }));
  return [...hosts, ...authorities];
}

function hostsToml(
  registry: string,
  endpoints: readonly string[],
  authorities: Readonly<Record<string, string>>,
): string {
  const server = `server = ${toml(`https://${SERVERS[registry] ?? registry}`)}\n`;
  const hosts = endpoints.map((endpoint) => {
    const { host } = new URL(endpoint);
    const authority = Object.hasOwn(authorities, host) ? `  ca = ${toml(authorityPath(host))}\n` : '';
    return `\n[host.${toml(endpoint)}]\n  capabilities = ["pull", "resolve"]\n${authority}`;
  });
  return server + hosts.join('');
}

function authorityPath(host: string): string {
  return `${AUTHORITIES}/${host.replaceAll(/[^\w.-]/g, '_')}.crt`;
}

/** A basic string of TOML is written like one of JSON. */
function toml(text: string): string {
  return JSON.stringify(text);
}
