/** Pull secrets: JSON with credentials by registry. */
import * as z from 'zod';
import { fail } from '../../domain/errors.js';

const pullSecret = z.looseObject({ auths: z.record(z.string(), z.looseObject({ auth: z.base64() })) });

/** @returns it on one line. @throws `PULL_SECRET_INVALID`, without a word of what it holds. */
export function pullSecretLine(name: string, text: string | undefined): string {
  if (text === undefined) {
    throw fail(
      'PULL_SECRET_INVALID',
      `the definition names the pull secret "${name}", which is not configured`,
    );
  }
  const parsed = pullSecret.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw fail('PULL_SECRET_INVALID', `the pull secret "${name}" is no JSON with "auths", an "auth" in each`);
  }
  return JSON.stringify(parsed.data);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
