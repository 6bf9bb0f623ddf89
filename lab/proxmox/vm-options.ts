/** The options that a VM's configuration can have: their schema, and the privilege that each one asks for. */
import { DRIVE_FORMAT, DRIVE_NAMES } from './drive.js';
import { NIC_FORMAT } from './nic.js';
import { AGENT_FORMAT, dnsName, ipConfig, memory, propertyString, tagList } from './option-format.js';
import type { ParameterSchema, ParameterSpec } from './parameters.js';
import { SMBIOS_FORMAT } from './smbios.js';

type OptionSpec = ParameterSpec & { readonly optional: true };

const TEXT: OptionSpec = { type: 'string', optional: true };
const FLAG: OptionSpec = { type: 'boolean', optional: true };
const COUNT: OptionSpec = { type: 'integer', optional: true, minimum: 1 };
const AMOUNT: OptionSpec = { type: 'integer', optional: true, minimum: 0 };
const DRIVE: OptionSpec = { ...TEXT, format: propertyString(DRIVE_FORMAT) };

function oneOf(...values: readonly string[]): OptionSpec {
  return { ...TEXT, values };
}

function numbered(name: string, count: number, spec: OptionSpec): [string, OptionSpec][] {
  return Array.from({ length: count }, (_, index) => [`${name}${index}`, spec]);
}

/** Each group with the privilege that a change of one of its options asks for; `null`: checked elsewhere. */
const GROUPS: readonly { readonly privilege: string | null; readonly options: Record<string, OptionSpec> }[] =
  [
    {
      privilege: 'VM.Config.CPU',
      options: {
        cores: COUNT,
        cpu: TEXT,
        cpulimit: { ...AMOUNT, type: 'number' },
        cpuunits: AMOUNT,
        numa: FLAG,
        sockets: COUNT,
        vcpus: COUNT,
      },
    },
    {
      privilege: 'VM.Config.Memory',
      options: { memory: { ...TEXT, format: memory }, balloon: AMOUNT, shares: AMOUNT, 'allow-ksm': FLAG },
    },
    {
      privilege: 'VM.Config.HWType',
      options: {
        acpi: FLAG,
        hotplug: TEXT,
        kvm: FLAG,
        machine: { ...TEXT, maxLength: 40 },
        scsihw: oneOf('lsi', 'lsi53c810', 'virtio-scsi-pci', 'virtio-scsi-single', 'megasas', 'pvscsi'),
        smbios1: { ...TEXT, maxLength: 512, format: propertyString(SMBIOS_FORMAT) },
        tablet: FLAG,
        vga: TEXT,
        watchdog: TEXT,
        audio0: TEXT,
        rng0: TEXT,
      },
    },
    {
      privilege: 'VM.Config.Options',
      options: {
        agent: { ...TEXT, format: propertyString(AGENT_FORMAT) },
        autostart: FLAG,
        bios: oneOf('seabios', 'ovmf'),
        description: { ...TEXT, maxLength: 8_192 },
        keyboard: TEXT,
        localtime: FLAG,
        name: { ...TEXT, format: dnsName },
        onboot: FLAG,
        ostype: oneOf(
          'other',
          'wxp',
          'w2k',
          'w2k3',
          'w2k8',
          'wvista',
          'win7',
          'win8',
          'win10',
          'win11',
          'l24',
          'l26',
          'solaris',
        ),
        protection: FLAG,
        reboot: FLAG,
        startdate: TEXT,
        startup: TEXT,
        tdf: FLAG,
        template: FLAG,
      },
    },
    { privilege: 'VM.PowerMgmt', options: { freeze: FLAG } },
    { privilege: 'VM.Config.Disk', options: { boot: TEXT, bootdisk: TEXT } },
    {
      privilege: 'VM.Config.Network',
      options: Object.fromEntries(numbered('net', 32, { ...TEXT, format: propertyString(NIC_FORMAT) })),
    },
    {
      privilege: 'VM.Config.Cloudinit',
      options: {
        cicustom: TEXT,
        cipassword: TEXT,
        citype: oneOf('configdrive2', 'nocloud', 'opennebula'),
        ciupgrade: FLAG,
        ciuser: TEXT,
        nameserver: TEXT,
        searchdomain: TEXT,
        sshkeys: TEXT,
        ...Object.fromEntries(numbered('ipconfig', 32, { ...TEXT, format: ipConfig })),
      },
    },
    {
      privilege: null,
      options: {
        tags: { ...TEXT, format: tagList },
        ...Object.fromEntries(numbered('serial', 4, { ...TEXT, pattern: /^(?:\/dev\/.+|socket)$/ })),
        ...Object.fromEntries(DRIVE_NAMES.map((name) => [name, DRIVE])),
        ...Object.fromEntries(numbered('unused', 256, DRIVE)),
        cdrom: DRIVE,
      },
    },
  ];

/** Known options that only the user root@pam may set, with a password ticket: no token ever can. */
const ROOT_ONLY: Record<string, OptionSpec> = {
  args: TEXT,
  hookscript: TEXT,
  affinity: TEXT,
  arch: oneOf('x86_64', 'aarch64'),
  lock: oneOf(
    'backup',
    'clone',
    'create',
    'migrate',
    'rollback',
    'snapshot',
    'snapshot-delete',
    'suspending',
    'suspended',
  ),
  vmgenid: TEXT,
  ...Object.fromEntries([...numbered('usb', 15, TEXT), ...numbered('hostpci', 16, TEXT)]),
};

export const VM_OPTIONS: ParameterSchema = Object.assign(
  {},
  ROOT_ONLY,
  ...GROUPS.map((group) => group.options),
) as ParameterSchema;

export type OptionPrivilege =
  | { readonly kind: 'privilege'; readonly privilege: string }
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'root-only' };

export function privilegeFor(option: string): OptionPrivilege {
  const group = GROUPS.find((candidate) => Object.hasOwn(candidate.options, option));
  if (group === undefined) return { kind: 'root-only' };
  return group.privilege === null ? { kind: 'elsewhere' } : { kind: 'privilege', privilege: group.privilege };
}

/** Options that the answers give as numbers; all others are text. */
export function isNumeric(option: string): boolean {
  const spec = Object.hasOwn(VM_OPTIONS, option) ? VM_OPTIONS[option] : undefined;
  return spec !== undefined && spec.type !== 'string';
}
