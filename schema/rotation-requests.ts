/** The bodies of `POST …/certificates/renew` and `POST …/secrets/rotate`. */
import * as z from 'zod';
import { ROTATABLE_SECRETS, type RotateSecretsRequest } from '../domain/secrets/rotation-request.js';
import { type Parsed, parseWith } from './parsed.js';

export const renewCertificatesRequest = z.strictObject({}).meta({ id: 'RenewCertificatesRequest' });

export const rotateSecretsRequest = z
  .strictObject({
    secrets: z
      .array(z.enum(ROTATABLE_SECRETS))
      .min(1, 'must name at least one secret')
      .refine((names) => new Set(names).size === names.length, 'must name each secret once')
      .meta({
        description:
          'JOIN_TOKEN: with which machines join; SSH_KEYS: with which this service logs in to machines. In this order',
        examples: [['JOIN_TOKEN', 'SSH_KEYS']],
      }),
  })
  .meta({ id: 'RotateSecretsRequest' });

/** @param body what `JSON.parse` returned; `undefined` where there was none. */
export function parseRenewCertificatesRequest(body: unknown): Parsed<Readonly<Record<string, never>>> {
  return parseWith(renewCertificatesRequest, body ?? {});
}

export function parseRotateSecretsRequest(body: unknown): Parsed<RotateSecretsRequest> {
  return parseWith(rotateSecretsRequest, body);
}
