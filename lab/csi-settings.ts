/** What an operator would set for the storage drivers of clusters. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorldAddresses } from './world.js';

/** Definitions mean it by this name when they name none. */
const TOKEN_NAME = 'proxmox-csi';

export function csiSettings(stateDir: string, world: WorldAddresses): Readonly<Record<string, string>> {
  const folder = join(stateDir, 'csi-tokens');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, TOKEN_NAME), world.csiToken, { mode: 0o600 });
  const ca = join(stateDir, 'proxmox-ca.pem');
  writeFileSync(ca, world.proxmoxCertificate);
  return { CSI_TOKENS_PATH: folder, CSI_PROXMOX_URL: world.proxmoxUrl, CSI_PROXMOX_CA_FILE: ca };
}
