/** Fills secrets into the files of a step, and knows which ones to take out of what comes back. */
import type { GuestFile } from '../../domain/guest-step.js';
import { fail } from '../../domain/errors.js';
import type { SecretVault } from '../../store/store.js';
import type { ResolvedFile } from './guest-file.js';
import { redactor } from './redaction.js';

/** The secrets of a cluster by name. */
export type ClusterSecrets = ReadonlyMap<string, string>;

const PLACEHOLDER = /\{\{secret:([^{}]*)\}\}/g;
/** Kept with the secrets that they belong to. */
const PUBLIC = /^ssh-public-key$|\.(?:crt|pub|sha256)$/;

/** @throws `SECRET_UNREADABLE` */
export async function secretsOf(vault: SecretVault, clusterUid: string): Promise<ClusterSecrets> {
  const secrets = new Map<string, string>();
  for (const name of await vault.names(clusterUid)) {
    const value = await vault.get(clusterUid, name);
    if (value !== undefined) secrets.set(name, value);
  }
  return secrets;
}

/** @throws `SECRET_UNREADABLE` when the file asks for a secret that the cluster does not have. */
export function resolveFile(file: GuestFile, secrets: ClusterSecrets): ResolvedFile {
  // One pass: a placeholder inside a secret is a part of the secret.
  const content = file.content.replace(PLACEHOLDER, (_, name: string) => {
    const value = secrets.get(name);
    if (value !== undefined) return value;
    throw fail(
      'SECRET_UNREADABLE',
      `${file.path} needs the secret "${name}", which the cluster does not have`,
    );
  });
  return { path: file.path, mode: file.mode, content };
}

export function redactorFor(secrets: ClusterSecrets): (text: string) => string {
  return redactor([...secrets].filter(([name]) => !PUBLIC.test(name)).map(([, value]) => value));
}
