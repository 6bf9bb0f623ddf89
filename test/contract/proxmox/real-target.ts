/** A Proxmox VE server of one's own, named by the environment. */
import { readFileSync } from 'node:fs';
import { createProxmoxClient } from '../../../activities/proxmox/client.js';
import { bootDisk } from '../../../activities/proxmox/drives.js';
import type { CertificateTrust } from '../../../schema/configuration.js';
import { parseImageSource } from '../../../domain/image-source.js';
import { EVERYTHING, type ContractTarget } from './target.js';

const NAMES = {
  url: 'CONTRACT_PROXMOX_URL',
  token: 'CONTRACT_PROXMOX_TOKEN',
  template: 'CONTRACT_PROXMOX_TEMPLATE',
} as const;

export function isRealTargetNamed(environment: NodeJS.ProcessEnv = process.env): boolean {
  return environment[NAMES.url] !== undefined;
}

/**
 * Reads `CONTRACT_PROXMOX_URL`, `_TOKEN`, `_FINGERPRINT` or `_CA_FILE`, `_TEMPLATE` (`storage:vmid/name`),
 * `_ISO_STORAGE` (`local`) and `_VMIDS` (`990000-990099`).
 * @throws Error that names what is missing.
 */
export async function realTarget(environment: NodeJS.ProcessEnv = process.env): Promise<ContractTarget> {
  const required = (name: string): string => {
    const value = environment[name];
    if (value === undefined) throw new Error(`${name} is not set`);
    return value;
  };
  const source = parseImageSource(required(NAMES.template));
  if (source?.kind !== 'template') throw new Error(`${NAMES.template} has to be written storage:vmid/name`);
  const [from = 0, to = 0] = (environment['CONTRACT_PROXMOX_VMIDS'] ?? '990000-990099')
    .split('-')
    .map(Number);
  const connection = { url: required(NAMES.url), token: required(NAMES.token), trust: trustOf(environment) };
  const client = createProxmoxClient({ endpoints: [connection], token: connection.token });
  try {
    const host = (await client.vms()).find(({ vmid }) => vmid === source.vmid)?.node;
    if (host === undefined) throw new Error(`there is no VM ${source.vmid}`);
    const config = await client.vmConfig({ host, vmid: source.vmid });
    return {
      ...connection,
      template: { ...source, host, diskGiB: Math.ceil(bootDisk(config)?.sizeGiB ?? 0) },
      isoStorage: environment['CONTRACT_PROXMOX_ISO_STORAGE'] ?? 'local',
      vmids: { from, to },
      capabilities: EVERYTHING,
      close: () => Promise.resolve(),
    };
  } finally {
    await client.close();
  }
}

function trustOf(environment: NodeJS.ProcessEnv): CertificateTrust {
  const fingerprint = environment['CONTRACT_PROXMOX_FINGERPRINT'];
  if (fingerprint !== undefined) return { kind: 'fingerprint', sha256: fingerprint };
  const caFile = environment['CONTRACT_PROXMOX_CA_FILE'];
  return caFile === undefined ? { kind: 'system' } : { kind: 'ca', pem: readFileSync(caFile, 'utf8') };
}
