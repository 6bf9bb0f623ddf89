/** What is done on a machine to install RKE2 and to start it. */
import type { GuestFile, GuestStep } from '../../domain/guest-step.js';
import { ARCHITECTURE, fetchArtifacts, INSTALLER } from '../rancher/artifacts.js';
import type { Rke2PlatformConfig } from '../../domain/platform-config.js';

export type Rke2Kind = 'server' | 'agent';

/** Of the distribution's configuration. */
export const CONFIG_FOLDER = '/etc/rancher/rke2';
export const MANIFESTS_FOLDER = '/var/lib/rancher/rke2/server/manifests';

/** What RKE2 finds here it loads before it asks a registry. */
const IMAGES_FOLDER = '/var/lib/rancher/rke2/agent/images';
/** With those of Canal. */
const IMAGES = `rke2-images.linux-${ARCHITECTURE}.tar.zst`;
const PROGRAM = `rke2.linux-${ARCHITECTURE}.tar.gz`;
/** Not below /tmp, which may be kept in memory: the images need more than a gigabyte. */
const DOWNLOADS = '/var/tmp/rke2-artifacts';
const NETWORK_MANAGER_FILE = '/etc/NetworkManager/conf.d/rke2-canal.conf';
/** Interfaces that the networks of pods make (https://docs.rke2.io/known_issues). */
const POD_INTERFACES =
  'interface-name:flannel*;interface-name:cali*;interface-name:tunl*;interface-name:vxlan.calico;' +
  'interface-name:vxlan-v6.calico;interface-name:wireguard.cali;interface-name:wg-v6.cali';

export interface Installation {
  readonly kind: Rke2Kind;
  readonly version: string;
  readonly installUrl: string;
  /** `null`: the installer fetches the program, RKE2 the images. */
  readonly airGapUrl: string | null;
  readonly cni: Rke2PlatformConfig['cni'];
}

export function serviceOf(kind: Rke2Kind): string {
  return `rke2-${kind}`;
}

/** NetworkManager, where it runs, takes the routes of pods away from their interfaces. */
export function networkManagerStep(): GuestStep {
  const isLeftAlone = `! systemctl is-active --quiet NetworkManager || test -f ${NETWORK_MANAGER_FILE}`;
  return {
    id: 'network-manager',
    title: 'Keep NetworkManager away from the interfaces of pods',
    files: [],
    observe: isLeftAlone,
    act: [
      'if systemctl is-active --quiet NetworkManager; then',
      `  printf '[keyfile]\\nunmanaged-devices=%s\\n' '${POD_INTERFACES}' > ${NETWORK_MANAGER_FILE}.new`,
      `  mv -f ${NETWORK_MANAGER_FILE}.new ${NETWORK_MANAGER_FILE}`,
      '  systemctl reload NetworkManager',
      'fi',
    ].join('\n'),
    verify: isLeftAlone,
    timeoutSeconds: 60,
  };
}

/** Installs the program and its units; the installer neither enables nor starts them. */
export function installStep(installation: Installation): GuestStep {
  const { kind, version, airGapUrl, cni } = installation;
  const isInstalled = [
    // Where /usr/local cannot be written the installer takes /opt/rke2, and packages put it into /usr.
    'export PATH="$PATH:/usr/local/bin:/opt/rke2/bin"',
    [
      `rke2 --version | grep -qF 'rke2 version ${version} '`,
      `systemctl cat ${serviceOf(kind)}.service >/dev/null`,
      ...(airGapUrl === null ? [] : imagesOf(cni).map((file) => `test -f ${IMAGES_FOLDER}/${file}`)),
    ].join(' && '),
  ].join('\n');
  return {
    id: 'install-rke2',
    title: `Install RKE2 ${version} (${kind})`,
    files: [],
    observe: isInstalled,
    act: (airGapUrl === null ? download(installation) : takeFromMirror(installation, airGapUrl)).join('\n'),
    verify: isInstalled,
    timeoutSeconds: airGapUrl === null ? 900 : 1_800,
  };
}

function download({ kind, version, installUrl }: Installation): string[] {
  return [
    // Not piped into the shell: a download that breaks off must not run half an installer.
    `curl -sSfL -o /tmp/rke2-install.sh '${installUrl}'`,
    `export INSTALL_RKE2_VERSION='${version}' INSTALL_RKE2_TYPE='${kind}'`,
    'sh /tmp/rke2-install.sh',
    'rm -f /tmp/rke2-install.sh',
  ];
}

/** https://docs.rke2.io/install/airgap, with the images on each machine. */
function takeFromMirror({ kind, cni }: Installation, url: string): string[] {
  return [
    ...fetchArtifacts(url, DOWNLOADS, [PROGRAM, ...imagesOf(cni)]),
    `export INSTALL_RKE2_ARTIFACT_PATH=${DOWNLOADS} INSTALL_RKE2_TYPE='${kind}'`,
    `sh ./${INSTALLER}`,
    'cd /',
    `rm -rf ${DOWNLOADS}`,
  ];
}

function imagesOf(cni: Rke2PlatformConfig['cni']): string[] {
  switch (cni) {
    case 'canal':
    case 'none':
      return [IMAGES];
    case 'cilium':
    case 'calico':
      return [IMAGES, `rke2-images-${cni}.linux-${ARCHITECTURE}.tar.zst`];
  }
}

/** Writes the configuration and starts the service; a machine that runs with this configuration is left alone. */
export function startStep(kind: Rke2Kind, files: readonly GuestFile[]): GuestStep {
  const service = serviceOf(kind);
  return {
    id: kind === 'server' ? 'start-server' : 'start-agent',
    title: `Start the RKE2 ${kind}`,
    files,
    observe: `systemctl is-active --quiet ${service}`,
    // `restart` also starts, and makes a unit that runs without this configuration read it. It waits until the
    // server serves, so it must not hold the connection for longer than the step is given.
    act: `systemctl enable ${service}\nsystemctl restart --no-block ${service}`,
    verify: `systemctl is-active --quiet ${service}`,
    // The images of the control plane are pulled before it serves.
    timeoutSeconds: 1_200,
  };
}
