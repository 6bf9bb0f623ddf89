/** What cloud-init would not take of its documents: the parts of its schema that are written here, and nothing else. */
import { parse } from 'yaml';
import * as z from 'zod';
import type { NoCloudDocuments } from '../../domain/boot/documents.js';
import { ADDRESS_BITS, parseAddress } from '../../domain/network/address.js';

const text = z.string();
const words = z.array(text).min(1);
const address = text.refine((value) => parseAddress(value) !== undefined, 'is no address');
const addressWithPrefix = text.refine((value) => {
  const [, host = '', prefix = ''] = /^([^/]+)\/(\d{1,3})$/.exec(value) ?? [];
  const parsed = parseAddress(host);
  return parsed !== undefined && Number(prefix) <= ADDRESS_BITS[parsed.family];
}, 'is no address with a prefix length');

const user = z.strictObject({
  name: text.regex(/^[a-z_][a-z0-9_-]{0,31}$/),
  shell: text.optional(),
  sudo: text.optional(),
  lock_passwd: z.boolean().optional(),
  ssh_authorized_keys: words.optional(),
});

const file = z.strictObject({
  path: text.startsWith('/'),
  content: text.optional(),
  owner: text.optional(),
  permissions: text.regex(/^0[0-7]{3}$/).optional(),
});

const USER_DATA = z.strictObject({
  hostname: text.optional(),
  fqdn: text.optional(),
  preserve_hostname: z.boolean().optional(),
  manage_etc_hosts: z.union([z.boolean(), z.literal('localhost')]).optional(),
  ssh_pwauth: z.boolean().optional(),
  disable_root: z.boolean().optional(),
  users: z.array(user),
  package_update: z.boolean().optional(),
  packages: words.optional(),
  write_files: z.array(file).min(1).optional(),
  runcmd: words.optional(),
});

const META_DATA = z.strictObject({
  'instance-id': text.min(1),
  'local-hostname': text.regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/),
});

const route = z.strictObject({
  to: z.union([z.literal('default'), addressWithPrefix]),
  via: address.optional(),
  metric: z.int().nonnegative().optional(),
  'on-link': z.boolean().optional(),
});

const ethernet = z.strictObject({
  match: z.strictObject({ macaddress: text.regex(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/) }),
  'set-name': text.max(15).optional(),
  dhcp4: z.boolean().optional(),
  dhcp6: z.boolean().optional(),
  'accept-ra': z.boolean().optional(),
  optional: z.boolean().optional(),
  addresses: z.array(addressWithPrefix).optional(),
  routes: z.array(route).optional(),
  nameservers: z
    .strictObject({ addresses: z.array(address).optional(), search: z.array(text).optional() })
    .optional(),
  mtu: z.int().min(68).max(65_535).optional(),
});

const NETWORK_CONFIG = z.strictObject({
  version: z.literal(2),
  ethernets: z.record(text.regex(/^[a-z][a-z0-9-]*$/), ethernet),
});

const CLOUD_CONFIG = '#cloud-config\n';

/** One line for each fault, that says where it is; empty when there is none. */
export function documentFaults(documents: NoCloudDocuments): string[] {
  const { userData, metaData, networkConfig, vendorData } = documents;
  return [
    ...(userData.startsWith(CLOUD_CONFIG) ? [] : ['user-data does not begin with "#cloud-config"']),
    ...(vendorData === '' || vendorData.startsWith(CLOUD_CONFIG)
      ? []
      : ['vendor-data does not begin with "#cloud-config"']),
    ...faultsOf('user-data', userData, USER_DATA),
    ...faultsOf('meta-data', metaData, META_DATA),
    ...faultsOf('network-config', networkConfig, NETWORK_CONFIG),
  ];
}

function faultsOf(name: string, yaml: string, schema: z.ZodType): string[] {
  let document: unknown;
  try {
    // As cloud-init reads it: by YAML 1.1.
    document = parse(yaml, { version: '1.1' });
  } catch (error) {
    return [`${name} is not YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`];
  }
  const result = schema.safeParse(document);
  if (result.success) return [];
  return result.error.issues.map(({ path, message }) => `${name} /${path.join('/')}: ${message}`);
}
