/** A disk with CoreOS on it: configured by Ignition at its first boot, and by nobody else. */
import type { DiskTree } from '../disk/disk-tree.js';
import { isThere, putFile, readText, removeAll } from '../disk/root-files.js';
import { applyIgnition } from '../live/ignition.js';
import { makeHostKeys } from '../ssh/host-key.js';

/** Where the installer puts the document that it was given. */
const DOCUMENT = '/boot/ignition/config.ign';
const RESULT = '/etc/.ignition-result.json';
const OS_RELEASE = `NAME="CentOS Stream CoreOS"
ID="scos"
ID_LIKE="rhel fedora"
VERSION_ID="9"
VARIANT_ID=coreos
PRETTY_NAME="CentOS Stream CoreOS 9"
`;
/** What of the lab's usual image CoreOS does not have. */
const ABSENT = ['cloud-init', 'apt', 'apt-get', 'dpkg', 'dpkg-query'];

export function writeCoreOs(disk: DiskTree, ignition: string): void {
  putFile(disk, '/etc/os-release', OS_RELEASE);
  putFile(disk, '/etc/hostname', 'localhost\n');
  putFile(disk, '/etc/cloud/cloud-init.disabled', '');
  for (const name of ABSENT) removeAll(disk, `/usr/bin/${name}`);
  putFile(disk, DOCUMENT, ignition, { mode: 0o600 });
}

export function isCoreOs(disk: DiskTree): boolean {
  return /^ID="?scos"?$/m.test(readText(disk, '/etc/os-release') ?? '');
}

/** @returns the document that is still to be applied. */
export function pendingIgnition(disk: DiskTree): string | undefined {
  return isCoreOs(disk) && !isThere(disk, RESULT) ? readText(disk, DOCUMENT) : undefined;
}

/** @param rendered JSON without references. @throws IgnitionError; the disk may be half written then, as in reality. */
export function finishIgnition(disk: DiskTree, rendered: string): void {
  makeHostKeys(disk, true);
  applyIgnition(disk, rendered);
  const result = {
    provisioningBootID: 'lab',
    provisioningDate: new Date().toISOString(),
    userConfigProvided: true,
  };
  putFile(disk, RESULT, `${JSON.stringify(result, null, 2)}\n`, { mode: 0o600 });
  removeAll(disk, DOCUMENT);
}
