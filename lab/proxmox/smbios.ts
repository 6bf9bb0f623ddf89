/** The `smbios1` option: the UUID, and text fields that are Base64 when `base64=1` is set. */
import { anyText, matching, parseProperties, printProperties } from './property-string.js';
import type { PropertyFormat } from './property-string.js';

const UUID = /^[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}$/;
const TEXT = matching(/^[A-Za-z0-9+/]+={0,2}$/);

export const SMBIOS_FORMAT: PropertyFormat = {
  keys: {
    uuid: matching(UUID),
    base64: matching(/^[01]$/),
    version: TEXT,
    serial: TEXT,
    manufacturer: TEXT,
    product: TEXT,
    sku: TEXT,
    family: TEXT,
  },
};

/** Lower case; `null` when none is set. */
export function smbiosUuid(smbios1: string | undefined): string | null {
  const parsed = parseProperties(smbios1 ?? '', { keys: { ...SMBIOS_FORMAT.keys, uuid: anyText } });
  const uuid = parsed.kind === 'parsed' ? parsed.properties.get('uuid') : undefined;
  return uuid === undefined ? null : uuid.toLowerCase();
}

/** The option with another UUID; the other fields stay. */
export function withSmbiosUuid(smbios1: string | undefined, uuid: string): string {
  const parsed = parseProperties(smbios1 ?? '', SMBIOS_FORMAT);
  const properties = new Map(parsed.kind === 'parsed' ? parsed.properties : []);
  return printProperties(properties.set('uuid', uuid));
}

/** The serial number as the machine's firmware shows it; empty when none is set. */
export function smbiosSerial(smbios1: string | undefined): string {
  const parsed = parseProperties(smbios1 ?? '', SMBIOS_FORMAT);
  if (parsed.kind === 'refused') return '';
  const serial = parsed.properties.get('serial') ?? '';
  return parsed.properties.get('base64') === '1' ? Buffer.from(serial, 'base64').toString() : serial;
}
