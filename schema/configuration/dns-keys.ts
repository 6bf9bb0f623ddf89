/** TSIG keys of DNS servers, as one variable has them. */
import * as z from 'zod';
import { TSIG_ALGORITHMS, type TsigAlgorithm } from '../../domain/services/configuration.js';
import { domainName } from '../definition/text.js';

export interface DnsKey {
  readonly algorithm: TsigAlgorithm;
  readonly secret: Buffer;
}

/** HMAC takes any length; what is shorter than this is guessed, or was cut off. */
const MIN_SECRET_BYTES = 16;

/** Reads `name=algorithm:base64`, several separated by commas. No fault has any part of a secret in it. */
export const dnsKeys: z.ZodType<ReadonlyMap<string, DnsKey>, string> = z
  .string()
  .transform((text, context) => {
    const keys = new Map<string, DnsKey>();
    for (const [index, part] of text.split(',').entries()) {
      const [, name = '', algorithm = '', encoded = ''] = /^([^=]*)=([^:]*):(.*)$/.exec(part.trim()) ?? [];
      const refuse = (why: string): void => context.addIssue(`has an entry (the ${index + 1}.) that ${why}`);
      const secret = Buffer.from(encoded, 'base64');
      if (!domainName.safeParse(name).success) refuse('is not written name=algorithm:base64');
      else if (keys.has(name)) refuse('has the name of another one');
      else if (!isAlgorithm(algorithm))
        refuse(`must have one of the algorithms ${TSIG_ALGORITHMS.join(', ')}`);
      else if (secret.toString('base64') !== encoded) refuse('has no base64 behind the algorithm');
      else if (secret.length < MIN_SECRET_BYTES) refuse(`must have at least ${MIN_SECRET_BYTES} bytes`);
      else keys.set(name, { algorithm, secret });
    }
    return keys;
  });

function isAlgorithm(text: string): text is TsigAlgorithm {
  return TSIG_ALGORITHMS.some((known) => known === text);
}
