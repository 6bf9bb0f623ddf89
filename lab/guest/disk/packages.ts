/** The packages that a machine can be given, and what each brings: commands that can be run, services. */
import { HAPROXY_PACKAGE } from '../haproxy/package.js';
import { KEEPALIVED_PACKAGE } from '../keepalived/package.js';
import { addSystemAccount } from './accounts.js';
import type { DiskTree } from './disk-tree.js';
import { appendText, isThere, putFile, readText } from './root-files.js';
import { applyTmpfiles } from './tmpfiles.js';

export interface PackageContents {
  readonly version: string;
  /** Commands that the shell can interpret; a package may well have others. */
  readonly commands?: readonly string[];
  /** Commands of /usr/sbin that the shell can interpret. */
  readonly administration?: readonly string[];
  /** Other files by path. One that is there already was put there by an administrator, and stays. */
  readonly files?: Readonly<Record<string, string>>;
  /** Unit among {@link files} that the package enables and starts. */
  readonly starts?: string;
  /** Made where it is missing, with its home directory. */
  readonly account?: { readonly name: string; readonly home: string };
  /** Name of a daemon in /usr/sbin with a unit of the same name. */
  readonly daemon?: { readonly unit: string; readonly program: string; readonly description: string };
}

const plain = (version: string): PackageContents => ({ version });

/** Debian's own script calls it so: files that package managers leave behind are not read. */
const DNSMASQ_FOLDERS = '--conf-dir=/etc/dnsmasq.d,.dpkg-dist,.dpkg-old,.dpkg-new';

const DNSMASQ_UNIT = `[Unit]
Description=dnsmasq - A lightweight DHCP and caching DNS server

[Service]
Type=notify
ExecStartPre=/usr/sbin/dnsmasq --test ${DNSMASQ_FOLDERS}
ExecStart=/usr/sbin/dnsmasq --keep-in-foreground ${DNSMASQ_FOLDERS}
ExecReload=/bin/kill -HUP $MAINPID

[Install]
WantedBy=multi-user.target
`;

const NFTABLES_UNIT = `[Unit]
Description=nftables

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f /etc/nftables.conf

[Install]
WantedBy=multi-user.target
`;

const NFTABLES_RULES = `#!/usr/sbin/nft -f

flush ruleset

table inet filter {
  chain input {
    type filter hook input priority filter;
  }
}
`;

const CONTAINERD_UNIT = `[Unit]
Description=containerd container runtime

[Service]
Type=notify
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/bin/containerd
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
`;

/** A part of Ubuntu 24.04's archive: what people put on Kubernetes nodes. */
export const ARCHIVE: Readonly<Record<string, PackageContents>> = {
  'apt-transport-https': plain('2.7.14build2'),
  bash: plain('5.2.21-2ubuntu4'),
  'bash-completion': plain('1:2.11-8'),
  'bind9-dnsutils': { version: '1:9.18.28-0ubuntu0.24.04.1', commands: ['dig'] },
  'ca-certificates': plain('20240203'),
  chrony: {
    version: '4.5-1ubuntu4',
    daemon: { unit: 'chrony', program: 'chronyd', description: 'chrony, an NTP client/server' },
  },
  'cloud-init': plain('24.2-0ubuntu1~24.04.2'),
  conntrack: plain('1:1.4.8-1ubuntu1'),
  containerd: {
    version: '1.7.28-0ubuntu1~24.04.1',
    commands: ['containerd', 'ctr'],
    files: { '/usr/lib/systemd/system/containerd.service': CONTAINERD_UNIT },
    starts: 'containerd',
  },
  coreutils: plain('9.4-3ubuntu6'),
  curl: plain('8.5.0-2ubuntu10.4'),
  dnsmasq: {
    version: '2.90-2ubuntu0.1',
    administration: ['dnsmasq'],
    files: {
      '/etc/dnsmasq.conf': '# Configuration file for dnsmasq.\n',
      '/etc/dnsmasq.d/README': '# All files in this directory are read as configuration.\n',
      '/usr/lib/systemd/system/dnsmasq.service': DNSMASQ_UNIT,
    },
    starts: 'dnsmasq',
  },
  dnsutils: { version: '1:9.18.28-0ubuntu0.24.04.1', commands: ['dig'] },
  ebtables: plain('2.0.11-6build1'),
  ethtool: plain('1:6.7-1build1'),
  git: plain('1:2.43.0-1ubuntu7.1'),
  gnupg: plain('2.4.4-2ubuntu17'),
  haproxy: HAPROXY_PACKAGE,
  htop: plain('3.3.0-4build1'),
  iproute2: plain('6.1.0-1ubuntu6'),
  ipset: plain('7.19-1ubuntu2'),
  iptables: plain('1.8.10-3ubuntu2'),
  ipxe: {
    version: '1.21.1+git-20220113.fbbdc3926+dfsg-1ubuntu2',
    files: { '/usr/lib/ipxe/undionly.kpxe': 'iPXE for BIOS\n', '/usr/lib/ipxe/ipxe.efi': 'iPXE for UEFI\n' },
  },
  'iputils-ping': plain('3:20240117-1build1'),
  ipvsadm: plain('1:1.31-1ubuntu0.1'),
  jq: { version: '1.7.1-3build1', commands: ['jq'] },
  keepalived: KEEPALIVED_PACKAGE,
  lvm2: plain('2.03.16-3ubuntu3.1'),
  'lsb-release': plain('12.0-2'),
  nano: plain('7.2-2build1'),
  'net-tools': plain('2.10-0.1ubuntu4'),
  'nfs-common': plain('1:2.6.4-3ubuntu5'),
  nftables: {
    version: '1.0.9-1build1',
    administration: ['nft'],
    files: {
      '/etc/nftables.conf': NFTABLES_RULES,
      '/usr/lib/systemd/system/nftables.service': NFTABLES_UNIT,
    },
  },
  'open-iscsi': {
    version: '2.1.9-3ubuntu5',
    daemon: { unit: 'iscsid', program: 'iscsid', description: 'iSCSI initiator daemon (iscsid)' },
  },
  'openssh-server': plain('1:9.6p1-3ubuntu13.5'),
  python3: plain('3.12.3-0ubuntu2'),
  'qemu-guest-agent': {
    version: '1:8.2.2+ds-0ubuntu1.4',
    daemon: { unit: 'qemu-guest-agent', program: 'qemu-ga', description: 'QEMU Guest Agent' },
  },
  rsync: plain('3.2.7-1ubuntu1'),
  socat: { version: '1.8.0.0-4build3', commands: ['socat'] },
  sqlite3: plain('3.45.1-1ubuntu2'),
  sudo: plain('1.9.15p5-3ubuntu5'),
  systemd: plain('255.4-1ubuntu8.4'),
  tar: plain('1.35+dfsg-3build1'),
  tmux: plain('3.4-1ubuntu0.1'),
  tree: { version: '2.1.1-2ubuntu3', commands: ['tree'] },
  unzip: plain('6.0-28ubuntu4'),
  vim: plain('2:9.1.0016-1ubuntu7.5'),
  wget: plain('1.21.4-1ubuntu4.1'),
  'wireguard-tools': plain('1.0.20210914-1ubuntu4'),
};

/** What a cloud image has from the start. */
export const PREINSTALLED = [
  'bash',
  'ca-certificates',
  'cloud-init',
  'coreutils',
  'curl',
  'iproute2',
  'iptables',
  'openssh-server',
  'python3',
  'sudo',
  'systemd',
  'tar',
] as const;

const STATUS = '/var/lib/dpkg/status';

/** What stands in a file whose program the shell itself interprets: the beginning of any Linux program. */
export const PROGRAM_IMAGE = '\x7fELF';

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** What is wanted of it: `hold` keeps it from upgrades. */
  readonly status: 'install' | 'hold';
}

export function isInstalled(disk: DiskTree, name: string): boolean {
  return installedPackages(disk).some((each) => each.name === name);
}

export function installedPackages(disk: DiskTree): InstalledPackage[] {
  const entries = (readText(disk, STATUS) ?? '').matchAll(
    /^Package: (.+)\nStatus: (\w+) .*\nVersion: (.+)$/gm,
  );
  return [...entries].map(([, name = '', status, version = '']) => ({
    name,
    version,
    status: status === 'hold' ? 'hold' : 'install',
  }));
}

export function holdPackage(disk: DiskTree, name: string, isHeld: boolean): void {
  const pattern = new RegExp(`^(Package: ${name}\\nStatus: )\\w+ `, 'm');
  putFile(disk, STATUS, (readText(disk, STATUS) ?? '').replace(pattern, `$1${isHeld ? 'hold' : 'install'} `));
}

/** Unpacks a package of the archive; does nothing for one that is there or that the archive does not have. */
export function unpack(disk: DiskTree, name: string): void {
  const contents = ARCHIVE[name];
  if (contents !== undefined && !isInstalled(disk, name)) unpackContents(disk, name, contents);
}

/** Another version of a package takes the place of the one that is there. */
export function unpackContents(disk: DiskTree, name: string, contents: PackageContents): void {
  const entry = new RegExp(`^Package: ${name}\\n(?:.+\\n)+\\n`, 'm');
  putFile(disk, STATUS, (readText(disk, STATUS) ?? '').replace(entry, ''));
  for (const command of contents.commands ?? [])
    putFile(disk, `/usr/bin/${command}`, PROGRAM_IMAGE, { mode: 0o755 });
  for (const command of contents.administration ?? []) putAdministration(disk, command);
  for (const [path, text] of Object.entries(contents.files ?? {}))
    if (!isThere(disk, path)) putFile(disk, path, text);
  if (contents.account !== undefined) addSystemAccount(disk, contents.account.name, contents.account.home);
  if (contents.daemon !== undefined) installDaemon(disk, contents.daemon);
  applyTmpfiles(disk);
  appendText(
    disk,
    STATUS,
    `Package: ${name}\nStatus: install ok installed\nVersion: ${contents.version}\nArchitecture: amd64\n\n`,
  );
}

/** The program itself, and what administrators find in `/usr/sbin`. */
export function putAdministration(disk: DiskTree, command: string): void {
  putFile(disk, `/usr/bin/${command}`, PROGRAM_IMAGE, { mode: 0o755 });
  putFile(disk, `/usr/sbin/${command}`, `#!/bin/sh\nexec /usr/bin/${command} "$@"\n`, { mode: 0o755 });
}

/** Name of the unit that the package starts when it is installed. */
export function unitOf({ daemon, starts }: PackageContents): string | undefined {
  return daemon?.unit ?? starts;
}

function installDaemon(disk: DiskTree, daemon: NonNullable<PackageContents['daemon']>): void {
  const { unit, program, description } = daemon;
  const path = `/usr/lib/systemd/system/${unit}.service`;
  if (isThere(disk, path)) return;
  const start = `#!/bin/sh\nexec /usr/bin/simulated-daemon ${program} "$@"\n`;
  putFile(disk, `/usr/sbin/${program}`, start, { mode: 0o755 });
  putFile(
    disk,
    path,
    `[Unit]\nDescription=${description}\n\n[Service]\nType=notify\nExecStart=/usr/sbin/${program}\nRestart=always\n\n` +
      '[Install]\nWantedBy=multi-user.target\n',
  );
}
