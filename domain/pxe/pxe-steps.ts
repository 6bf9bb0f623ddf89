/** What is done on a machine so that it serves PXE for a cluster, and no longer does. */
import type { GuestStep } from '../guest-step.js';
import { DNS_MARK } from '../dns/dnsmasq-dns-lines.js';
import { expectClusterName } from '../network/expectations.js';
import { installPackages, isInstalled } from '../services/debian-packages.js';
import { dnsmasqConfig, FIRMWARE, FIRMWARE_FOLDER } from './dnsmasq-config.js';
import { checkedPxeNetwork, type PxeNetwork } from './pxe-network.js';

const FOLDER = '/etc/dnsmasq.d';
const ALL_CLUSTERS = `${FOLDER}/clusterwright-*.conf`;
/** `port` may be said only once among all files: a file of its own says it for as long as no cluster wants DNS. */
const NO_DNS = `${FOLDER}/clusterwright.conf`;
const INSTALL_TIMEOUT_SECONDS = 600;
const REMOVE_TIMEOUT_SECONDS = 120;

/** A file for each cluster: those who share a server never write the same one. */
export function pxeConfigPath(cluster: string): string {
  return `${FOLDER}/clusterwright-${cluster}.conf`;
}

/**
 * Installs the service, or brings it up to date when anything of the cluster's changed: a reservation, the boot
 * service's URL. A server that runs with this configuration is left alone.
 * @throws `INVALID_REQUEST`
 */
export function pxeServerStep(request: PxeNetwork): GuestStep {
  const network = checkedPxeNetwork(request);
  const path = pxeConfigPath(network.cluster);
  return {
    // Of the cluster: two that share a server must not take one's unfinished step for the other's.
    id: `pxe-server-${network.cluster}`,
    title: `Serve PXE for ${network.cluster} on ${network.interface}`,
    files: [{ path, mode: '0644', content: dnsmasqConfig(network) }],
    observe: [
      `if ! { ${IS_INSTALLED}; }; then exit 1; fi`,
      ...DNS_FUNCTIONS,
      'is_settled',
      ...isServing(network),
    ].join('\n'),
    act: [
      // Before the package: Debian starts what it installs, and a name server that nobody wants would be in the way.
      ...SETTLE_DNS,
      ...INSTALL,
      // A file that dnsmasq does not take would keep it from starting again, for the other clusters too.
      `if ! ${CHECK_CONFIGURATION}; then`,
      `  rm -f ${path}`,
      '  exit 1',
      'fi',
      'systemctl enable dnsmasq',
      ...RESTART,
    ].join('\n'),
    verify: [...DNS_FUNCTIONS, 'is_settled', ...isServing(network)].join('\n'),
    timeoutSeconds: INSTALL_TIMEOUT_SECONDS,
  };
}

/**
 * Takes a cluster's reservations away; the service goes on for the others, and with none it answers nobody.
 * @throws `INVALID_REQUEST`
 */
export function removePxeReservationsStep(cluster: string): GuestStep {
  expectClusterName(cluster);
  const path = pxeConfigPath(cluster);
  // dnsmasq does not read files that begin with a dot. While it is there, dnsmasq may still know what was in it.
  const removed = `${FOLDER}/.clusterwright-${cluster}.removed`;
  const isGone = `test ! -e ${path} && test ! -e ${removed}`;
  return {
    id: `remove-pxe-${cluster}`,
    title: `Stop serving PXE for ${cluster}`,
    files: [],
    observe: isGone,
    act: [
      `if test -e ${path}; then mv -f ${path} ${removed}; fi`,
      `if ${IS_INSTALLED}; then`,
      ...SETTLE_DNS,
      ...RESTART,
      'fi',
      `rm -f ${removed}`,
    ].join('\n'),
    verify: isGone,
    timeoutSeconds: REMOVE_TIMEOUT_SECONDS,
  };
}

const PACKAGES = ['ipxe', 'dnsmasq'];
const IS_INSTALLED = isInstalled(PACKAGES);
const INSTALL = installPackages(PACKAGES);

const CHECK_CONFIGURATION = `dnsmasq --test --conf-dir=${FOLDER},.dpkg-dist,.dpkg-old,.dpkg-new`;

const DNS_FUNCTIONS = [
  `wants_dns() { grep -qxF '${DNS_MARK}' ${ALL_CLUSTERS} 2>/dev/null; }`,
  'is_settled() {',
  `  if wants_dns; then test ! -e ${NO_DNS}; else grep -qxF port=0 ${NO_DNS} 2>/dev/null; fi`,
  '}',
];

/**
 * Looked at again after each change: another cluster's file may come or go in between, and whoever changes something
 * last also restarts last.
 */
const SETTLE_DNS = [
  ...DNS_FUNCTIONS,
  `mkdir -p ${FOLDER}`,
  'for attempt in 1 2 3 4 5; do',
  '  if is_settled; then break; fi',
  `  if wants_dns; then rm -f ${NO_DNS}; else echo port=0 > ${NO_DNS}; fi`,
  'done',
  'is_settled',
];

/** A restart, as dnsmasq reads its files only then. systemd refuses the sixth within ten seconds unless told to forget. */
const RESTART = [
  'systemctl reset-failed dnsmasq 2>/dev/null || true',
  'if ! systemctl restart dnsmasq; then',
  '  journalctl -u dnsmasq -n 20 --no-pager >&2',
  '  exit 1',
  'fi',
];

/** dnsmasq opens the port of DHCP for all addresses, and drops what comes by another interface. */
function isServing({ interface: device, serverAddress, dns }: PxeNetwork): string[] {
  const isOpen = (endpoint: string): string =>
    `ss -Hlun | grep -qF ' ${endpoint} ' || { echo 'nothing listens on ${endpoint}' >&2; exit 1; }`;
  return [
    `ip -4 -o address show dev ${device} | grep -qF ' ${serverAddress}/' || ` +
      `{ echo '${device} does not have the address ${serverAddress}' >&2; exit 1; }`,
    `test -s ${FIRMWARE_FOLDER}/${FIRMWARE.bios}`,
    `test -s ${FIRMWARE_FOLDER}/${FIRMWARE.uefi}`,
    'systemctl is-active --quiet dnsmasq',
    "ss -Hlun | grep -qE ' 0\\.0\\.0\\.0(%[^ ]+)?:67 ' || { echo 'nothing listens on port 67' >&2; exit 1; }",
    isOpen(`${serverAddress}:69`),
    ...(dns === null ? [] : [isOpen(`${serverAddress}:53`)]),
  ];
}
