/** Folders of secrets: one file each, named like the entry that definitions mean it by. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { entryName } from '../definition/platforms/text.js';
import { proxmoxToken } from './values.js';

/** More than any secret needs; a folder that was named by mistake is not read into memory. */
const MAX_BYTES = 1_048_576;

/**
 * Read at once, so that a file that is missing or damaged is found at the start and not in the middle of a run. Files
 * whose names begin with a dot are left alone: mounted secrets have some.
 * @param objection why a text is no such secret, without any of it; `null` when it is one.
 */
export function secretFolder(
  objection: (text: string) => string | null,
): z.ZodType<ReadonlyMap<string, string>, string> {
  return z.string().transform((folder, context) => {
    try {
      const secrets = new Map<string, string>();
      for (const name of readdirSync(folder).toSorted()) {
        if (name.startsWith('.')) continue;
        const secret = readSecret(join(folder, name), name, objection);
        if (secret.kind === 'secret') secrets.set(name, secret.text);
        else context.addIssue(`holds "${name}", which ${secret.why}`);
      }
      return secrets;
    } catch (error) {
      context.addIssue(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return z.NEVER;
    }
  });
}

function readSecret(
  path: string,
  name: string,
  objection: (text: string) => string | null,
): { readonly kind: 'secret'; readonly text: string } | { readonly kind: 'refused'; readonly why: string } {
  if (!entryName.safeParse(name).success) {
    return { kind: 'refused', why: 'must be named in lower-case letters, digits and hyphens' };
  }
  const stats = statSync(path);
  if (!stats.isFile()) return { kind: 'refused', why: 'is no file' };
  if (stats.size > MAX_BYTES) return { kind: 'refused', why: `is larger than ${MAX_BYTES} bytes` };
  const text = readFileSync(path, 'utf8').trim();
  const why = objection(text);
  return why === null ? { kind: 'secret', text } : { kind: 'refused', why };
}

/** As container tools write it: `{"auths": {"registry.example.com": {"auth": "…"}}}`. */
export function pullSecretObjection(text: string): string | null {
  const shape = z.object({ auths: z.record(z.string(), z.object({ auth: z.string() })) });
  try {
    return shape.safeParse(JSON.parse(text)).success ? null : 'must hold {"auths": {…}} with an auth each';
  } catch {
    return 'must hold JSON';
  }
}

const DATASTORE_SCHEMES = ['postgres', 'postgresql', 'mysql', 'http', 'https', 'nats'];
const DATASTORE = new RegExp(`^(?:${DATASTORE_SCHEMES.join('|')})://[^\\s'"\\\\]+$`);

/** What K3s calls a datastore endpoint (https://docs.k3s.io/datastore). */
export function datastoreObjection(text: string): string | null {
  return DATASTORE.test(text)
    ? null
    : `must hold one address with one of the schemes ${DATASTORE_SCHEMES.join(', ')}`;
}

export function csiTokenObjection(text: string): string | null {
  return proxmoxToken.safeParse(text).success
    ? null
    : 'must hold one API token, written user@realm!name=uuid';
}
