/** `registries.yaml` of K3s and RKE2 (https://docs.k3s.io/installation/private-registry). */
import type { GuestFile } from '../../domain/guest-step.js';
import type { RegistryMirrors } from '../../domain/platform-config.js';

/**
 * The file, and one for each certificate authority that it names; none without mirrors.
 * @param folder of the distribution's configuration, such as `/etc/rancher/k3s`.
 */
export function registryFiles(folder: string, registries: RegistryMirrors | null): GuestFile[] {
  if (registries === null) return [];
  const authorities = Object.entries(registries.certificateAuthorities).map(([host, pem]) => ({
    host,
    path: `${folder}/registry-ca/${host.replaceAll(':', '_')}.crt`,
    pem: pem.endsWith('\n') ? pem : `${pem}\n`,
  }));
  const document = {
    mirrors: Object.fromEntries(
      Object.entries(registries.mirrors).map(([registry, endpoint]) => [registry, { endpoint }]),
    ),
    configs: Object.fromEntries(authorities.map(({ host, path }) => [host, { tls: { ca_file: path } }])),
  };
  return [
    ...authorities.map(({ path, pem }) => ({ path, mode: '0644', content: pem })),
    // JSON is YAML.
    { path: `${folder}/registries.yaml`, mode: '0600', content: `${JSON.stringify(document, null, 2)}\n` },
  ];
}
