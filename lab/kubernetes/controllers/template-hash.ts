/** Names for versions of a pod template. */
import { createHash } from 'node:crypto';
import { safeHash } from '../api/names.js';
import { canonicalText } from '../model/json.js';

const HASH_LENGTH = 10;

/** Equal templates have equal hashes. */
export function templateHash(template: unknown): string {
  return safeHash(createHash('sha256').update(canonicalText(template)).digest('hex').slice(0, HASH_LENGTH));
}
