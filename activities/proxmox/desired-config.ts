/** The configuration that a machine's VM is to have, and how far a configuration is from it. */
import { clusterTag, OWNER_TAG, type MachineIdentity } from '../../domain/machine.js';
import type { PlannedMachine } from '../../domain/plan.js';
import type { ConfigChange } from './client.js';
import { drivesOf } from './drives.js';
import { netDevices, unwantedNetDevices } from './net-devices.js';
import { parseProperties, sameProperties, splitList } from './property-string.js';
import type { VmConfig } from './records.js';

export type DesiredConfig = Readonly<Record<string, string>>;

/** @param boot what the machine's boot method adds: boot order, media, SMBIOS. */
export function desiredConfig(
  identity: MachineIdentity,
  machine: PlannedMachine,
  boot: DesiredConfig,
): DesiredConfig {
  return {
    name: identity.name,
    tags: [...new Set([OWNER_TAG, clusterTag(identity.cluster), ...machine.tags])].join(';'),
    sockets: '1',
    cores: String(machine.cores),
    memory: String(machine.memoryMiB),
    // Kubernetes counts on the memory that it saw at its start.
    balloon: '0',
    cpu: machine.cpuType,
    ...netDevices(identity, machine),
    onboot: '1',
    // Talos has no agent by itself, and Proxmox VE would wait for one that it was promised.
    agent: machine.system === 'TALOS' ? 'enabled=0' : 'enabled=1',
    // With one queue for each disk, installing Talos hangs.
    ...(machine.system === 'TALOS' ? { scsihw: 'virtio-scsi-pci' } : {}),
    ...boot,
  };
}

/** Options to set and to delete until the configuration is as desired; empty when it is. */
export function configDifference(config: VmConfig, desired: DesiredConfig): ConfigChange {
  const set = Object.entries(desired).filter(([option, value]) => !isSame(option, config[option], value));
  const remove = unwanted(config, desired);
  return { ...Object.fromEntries(set), ...(remove.length === 0 ? {} : { delete: remove.join(',') }) };
}

/** One line for each option that is not as desired. */
export function remainingDifferences(config: VmConfig, desired: DesiredConfig): string[] {
  return Object.entries(configDifference(config, desired)).map(([option, value]) =>
    option === 'delete'
      ? `${value} is still there`
      : `${option} is "${config[option] ?? ''}", not "${value}"`,
  );
}

/** Drives that a clone inherits with another `cidata` volume in them, which cloud-init might take for ours, and interfaces. */
function unwanted(config: VmConfig, desired: DesiredConfig): string[] {
  const drives = drivesOf(config).flatMap(({ slot, isCloudInit }) =>
    isCloudInit && desired[slot] === undefined ? [slot] : [],
  );
  return [...drives, ...unwantedNetDevices(config, desired)];
}

/** Proxmox VE adds to some options, orders others anew and shows numbers without quotes. */
function isSame(option: string, value: string | number | undefined, desired: string): boolean {
  if (value === undefined) return false;
  const text = String(value);
  if (option === 'tags')
    return splitList(text).toSorted().join(';') === splitList(desired).toSorted().join(';');
  if (option === 'agent') {
    const [is, wanted] = [parseProperties(text, 'enabled'), parseProperties(desired, 'enabled')];
    return is.get('enabled') === wanted.get('enabled');
  }
  if (option === 'memory') return parseProperties(text, 'current').get('current') === desired;
  if (option === 'smbios1') return sameProperties(smbiosOf(text), smbiosOf(desired));
  if (option === 'boot')
    return parseProperties(text, 'legacy').get('order') === desired.replace('order=', '');
  if (option === 'cpu')
    return sameProperties(parseProperties(text, 'cputype'), parseProperties(desired, 'cputype'));
  if (/^net\d+$/.test(option))
    return sameProperties(parseProperties(text, 'model'), parseProperties(desired, 'model'));
  if (desired.endsWith(',media=cdrom')) {
    const [is, wanted] = [parseProperties(text, 'file'), parseProperties(desired, 'file')];
    return is.get('file') === wanted.get('file') && is.get('media') === 'cdrom';
  }
  return text === desired;
}

/** A UUID has no case; the other fields have. */
function smbiosOf(text: string): ReadonlyMap<string, string> {
  const properties = parseProperties(text, 'uuid');
  return new Map([...properties, ['uuid', (properties.get('uuid') ?? '').toLowerCase()]]);
}
