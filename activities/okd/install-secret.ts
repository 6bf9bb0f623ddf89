/** What the install programme made, sealed as one: the three documents belong together. */
import { fail } from '../../domain/errors.js';
import { CERTIFICATE_SECONDS, type IgnitionFile } from '../../platforms/okd/install-files.js';
import type { SecretVault } from '../../store/store.js';

export interface InstallFiles {
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  readonly documents: Readonly<Record<IgnitionFile, string>>;
}

/** How long the first certificates are good for. */
export interface CertificateBudget {
  readonly madeAt: string;
  readonly endsAt: string;
}

const NAME = 'okd-install-files';

export async function sealInstallFiles(
  vault: SecretVault,
  clusterUid: string,
  files: InstallFiles,
): Promise<void> {
  await vault.put(clusterUid, NAME, JSON.stringify(files));
}

/** @throws `SECRET_UNREADABLE` */
export async function installFilesOf(
  vault: Pick<SecretVault, 'get'>,
  clusterUid: string,
): Promise<InstallFiles | undefined> {
  const text = await vault.get(clusterUid, NAME);
  return text === undefined ? undefined : (JSON.parse(text) as InstallFiles);
}

/** @throws `IGNITION_NOT_READY` when they were not fetched yet, `SECRET_UNREADABLE` */
export async function requireInstallFiles(
  vault: Pick<SecretVault, 'get'>,
  clusterUid: string,
): Promise<InstallFiles> {
  const files = await installFilesOf(vault, clusterUid);
  if (files !== undefined) return files;
  throw fail('IGNITION_NOT_READY', `cluster ${clusterUid} has no Ignition files of an install programme yet`);
}

export function certificateBudget({ madeAt }: Pick<InstallFiles, 'madeAt'>): CertificateBudget {
  const endsAt = new Date(Date.parse(madeAt) + CERTIFICATE_SECONDS * 1_000).toISOString();
  return { madeAt, endsAt };
}

/** Whether more than so many seconds have passed since the files were made. */
export function isOlder({ madeAt }: Pick<InstallFiles, 'madeAt'>, seconds: number, now: Date): boolean {
  return now.getTime() - Date.parse(madeAt) > seconds * 1_000;
}
