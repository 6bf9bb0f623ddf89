/** The Ignition document of a machine whose operating system has no cloud-init. */
import { fail } from '../errors.js';

export interface IgnitionInput {
  readonly hostname: string;
  readonly user: string;
  readonly sshAuthorizedKeys: readonly string[];
  readonly packages: readonly string[];
  /** Shell lines, run once at first boot in the order given. */
  readonly runCmd: readonly string[];
  /** Shell lines that come before them. */
  readonly exports: readonly string[];
}

/** Fedora CoreOS and SCOS take it since 2021. */
const VERSION = '3.3.0';
const SCRIPT = '/usr/local/libexec/first-boot';
const DONE = '/var/lib/first-boot.done';
const UNIT = 'first-boot.service';

/**
 * Users, host name and first-boot script. The address is the one that DHCP reserves for the machine.
 * @throws `BOOT_DOCUMENT_INVALID` when packages are wanted: Ignition installs none.
 */
export function ignitionConfig(input: IgnitionInput): string {
  const { hostname, user, sshAuthorizedKeys, packages, runCmd, exports } = input;
  if (packages.length > 0) {
    throw fail(
      'BOOT_DOCUMENT_INVALID',
      `Ignition installs no packages, and ${packages.join(', ')} are wanted`,
    );
  }
  const script = ['#!/bin/sh', 'set -e', ...exports, ...runCmd, `touch ${DONE}`, ''].join('\n');
  const runs = runCmd.length > 0;
  return JSON.stringify({
    ignition: { version: VERSION },
    passwd: { users: [{ name: user, groups: ['sudo', 'wheel'], sshAuthorizedKeys }] },
    storage: {
      files: [
        file('/etc/hostname', 0o644, `${hostname}\n`),
        file(`/etc/sudoers.d/${user}`, 0o440, `${user} ALL=(ALL) NOPASSWD:ALL\n`),
        ...(runs ? [file(SCRIPT, 0o700, script)] : []),
      ],
    },
    ...(runs ? { systemd: { units: [{ name: UNIT, enabled: true, contents: UNIT_FILE }] } } : {}),
  });
}

const UNIT_FILE = `[Unit]
Description=First boot of the machine
Wants=network-online.target
After=network-online.target
ConditionPathExists=!${DONE}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${SCRIPT}

[Install]
WantedBy=multi-user.target
`;

/** @param mode as Ignition wants it: a number, written in decimal. */
function file(path: string, mode: number, text: string) {
  return { path, mode, overwrite: true, contents: { source: `data:,${encodeURIComponent(text)}` } };
}
