/** What is done on a machine to install K3s and to start it. */
import type { GuestFile, GuestStep } from '../../domain/guest-step.js';
import { ARCHITECTURE, fetchArtifacts, INSTALLER } from '../rancher/artifacts.js';

export type K3sKind = 'server' | 'agent';

/** Of the distribution's configuration. */
export const CONFIG_FOLDER = '/etc/rancher/k3s';
export const MANIFESTS_FOLDER = '/var/lib/rancher/k3s/server/manifests';

/** What K3s finds here it loads before it asks a registry. */
const IMAGES_FOLDER = '/var/lib/rancher/k3s/agent/images';
const IMAGES = `k3s-airgap-images-${ARCHITECTURE}.tar.zst`;
/** Not below /tmp, which may be kept in memory: the images need hundreds of megabytes. */
const DOWNLOADS = '/var/tmp/k3s-artifacts';

export interface Installation {
  readonly kind: K3sKind;
  readonly version: string;
  readonly installUrl: string;
  /** `null`: the installer fetches the binary, K3s the images. */
  readonly airGapUrl: string | null;
}

/** Name of the systemd unit that the installer makes. */
export function serviceOf(kind: K3sKind): string {
  return kind === 'server' ? 'k3s' : 'k3s-agent';
}

/** Installs the binary and the unit, and does not start it: there is no configuration yet. */
export function installStep(installation: Installation): GuestStep {
  const { kind, version, airGapUrl } = installation;
  const isInstalled =
    `/usr/local/bin/k3s --version | grep -qF 'k3s version ${version} '` +
    ` && test -f /etc/systemd/system/${serviceOf(kind)}.service` +
    (airGapUrl === null ? '' : ` && test -f ${IMAGES_FOLDER}/${IMAGES}`);
  return {
    id: 'install-k3s',
    title: `Install K3s ${version} (${kind})`,
    files: [],
    observe: isInstalled,
    act: (airGapUrl === null ? download(installation) : takeFromMirror(kind, airGapUrl)).join('\n'),
    verify: isInstalled,
    timeoutSeconds: airGapUrl === null ? 600 : 1_200,
  };
}

function download({ kind, version, installUrl }: Installation): string[] {
  return [
    // Not piped into the shell: a download that breaks off must not run half an installer.
    `curl -sfL -o /tmp/k3s-install.sh '${installUrl}'`,
    `export INSTALL_K3S_VERSION='${version}' INSTALL_K3S_EXEC='${kind}' INSTALL_K3S_SKIP_START=true`,
    'sh /tmp/k3s-install.sh',
    'rm -f /tmp/k3s-install.sh',
  ];
}

/** https://docs.k3s.io/installation/airgap, with the images on each machine. */
function takeFromMirror(kind: K3sKind, url: string): string[] {
  return [
    ...fetchArtifacts(url, DOWNLOADS, ['k3s', IMAGES]),
    'install -m 755 k3s /usr/local/bin/k3s',
    `mkdir -p ${IMAGES_FOLDER}`,
    `mv -f ${IMAGES} ${IMAGES_FOLDER}/${IMAGES}`,
    `export INSTALL_K3S_SKIP_DOWNLOAD=true INSTALL_K3S_EXEC='${kind}' INSTALL_K3S_SKIP_START=true`,
    `sh ./${INSTALLER}`,
    'cd /',
    `rm -rf ${DOWNLOADS}`,
  ];
}

/** Writes the configuration and starts the service; a machine that runs with this configuration is left alone. */
export function startStep(kind: K3sKind, config: string, files: readonly GuestFile[] = []): GuestStep {
  const service = serviceOf(kind);
  return {
    id: kind === 'server' ? 'start-server' : 'start-agent',
    title: `Start the K3s ${kind}`,
    files: [...files, { path: `${CONFIG_FOLDER}/config.yaml`, mode: '0600', content: config }],
    observe: `systemctl is-active --quiet ${service}`,
    // `restart` also starts, and makes a unit that runs without this configuration read it. It waits until the
    // server serves, so it must not hold the connection for longer than the step is given.
    act: `systemctl enable ${service}\nsystemctl restart --no-block ${service}`,
    verify: `systemctl is-active --quiet ${service}`,
    timeoutSeconds: 600,
  };
}
