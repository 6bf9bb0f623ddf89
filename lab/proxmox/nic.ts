/** Network interfaces in a VM's configuration: `virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=107`. */
import { randomBytes } from 'node:crypto';
import { anyText, matching, parseProperties, printProperties } from './property-string.js';
import type { PropertyFormat } from './property-string.js';

/** Proxmox VE's own prefix, the default of `mac_prefix` in datacenter.cfg. */
const MAC_PREFIX = 'BC:24:11';
const MAC = /^[a-fA-F0-9][02468aceACE](?::[a-fA-F0-9]{2}){5}$/;
const MODELS = ['e1000', 'e1000e', 'rtl8139', 'virtio', 'vmxnet3', 'ne2k_pci', 'pcnet', 'i82551'];
const MAC_OBJECTION = 'value does not look like a valid unicast MAC address';

function checkMac(value: string): string | undefined {
  return MAC.test(value) ? undefined : MAC_OBJECTION;
}

export const NIC_FORMAT: PropertyFormat = {
  defaultKey: 'model',
  keys: {
    ...Object.fromEntries(MODELS.map((model) => [model, checkMac])),
    model: (value) =>
      MODELS.includes(value)
        ? undefined
        : `value '${value}' does not have a value in the enumeration '${MODELS.join(', ')}'`,
    macaddr: checkMac,
    bridge: matching(/^[-_.\w]{1,15}$/),
    tag: (value) =>
      /^\d+$/.test(value) && inRange(Number(value), 1, 4_094) ? undefined : 'value must be 1 to 4094',
    trunks: matching(/^\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*$/),
    firewall: matching(/^[01]$/),
    link_down: matching(/^[01]$/),
    mtu: matching(/^\d{1,5}$/),
    queues: matching(/^\d{1,2}$/),
    rate: anyText,
  },
};

export interface Nic {
  readonly model: string;
  /** Upper case; `null` when Proxmox VE is to choose one. */
  readonly mac: string | null;
  readonly bridge: string | null;
  readonly vlan: number | null;
  /** The remaining properties, as they were written. */
  readonly others: readonly (readonly [string, string])[];
}

/** @returns `undefined` when the text is no interface. */
export function parseNic(text: string): Nic | undefined {
  const parsed = parseProperties(text, NIC_FORMAT);
  if (parsed.kind === 'refused') return undefined;
  const { properties } = parsed;
  const withMac = MODELS.find((model) => properties.has(model));
  const model = withMac ?? properties.get('model');
  if (model === undefined) return undefined;
  const mac = properties.get(model) ?? properties.get('macaddr') ?? null;
  const named = new Set([...MODELS, 'model', 'macaddr', 'bridge', 'tag']);
  const tag = properties.get('tag');
  return {
    model,
    mac: mac === null ? null : mac.toUpperCase(),
    bridge: properties.get('bridge') ?? null,
    vlan: tag === undefined ? null : Number(tag),
    others: [...properties].filter(([key]) => !named.has(key)),
  };
}

/** As the configuration file has it; an interface without a MAC address gets a random one. */
export function printNic(nic: Nic): string {
  const properties = new Map(nic.others);
  if (nic.bridge !== null) properties.set('bridge', nic.bridge);
  if (nic.vlan !== null) properties.set('tag', String(nic.vlan));
  return `${nic.model}=${nic.mac ?? randomMac()},${printProperties(properties)}`.replace(/,$/, '');
}

export function randomMac(): string {
  const bytes = [...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase());
  return `${MAC_PREFIX}:${bytes.join(':')}`;
}

function inRange(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}
