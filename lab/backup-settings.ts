/** What an operator would set for backups: one destination, a folder beside the lab's state. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** How requests name it; the default, as it is the only one. */
const NAME = 'lab';

export function backupSettings(stateDir: string): Readonly<Record<string, string>> {
  const destinations = resolve(stateDir, 'backup-destinations');
  const backups = resolve(stateDir, 'backups');
  for (const folder of [destinations, backups]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(destinations, NAME), JSON.stringify({ kind: 'folder', path: backups }), { mode: 0o600 });
  return { BACKUP_DESTINATIONS_PATH: destinations };
}
