/** The gates of an upgrade, as they are asked for. */
import * as z from 'zod';
import { COMPARISONS, type UpgradeGate } from '../domain/upgrade/upgrade-gate.js';
import { dnsLabel } from './definition/text.js';
import { durationText, inSeconds } from './scale-request.js';

const timeout = z
  .string()
  .refine((text) => inSeconds(text) !== null, durationText)
  .default('5m')
  .meta({
    description: 'How long it is tried after each machine; after it the gate has failed',
    examples: ['5m'],
  });

/** What is asked for is kept in histories, which is no place for a password. */
const url = z
  .url({ protocol: /^https?$/, error: 'must be an address of http or https' })
  .max(2_000)
  .refine(hasNoCredentials, 'must not hold a user or a password')
  .meta({ description: 'Reached from the worker, as machines are' });

const http = z.strictObject({
  kind: z.literal('HTTP'),
  url,
  expectedStatus: z.int().min(100).max(599).default(200),
  timeout,
});

const promql = z.strictObject({
  kind: z.literal('PROMQL'),
  url: url.meta({ description: 'Of Prometheus, without `/api/v1/query`' }),
  query: z.string().min(1).max(2_000),
  comparison: z.enum(COMPARISONS).meta({
    description:
      'How each value that the query yields has to compare with the threshold; it has to yield one',
  }),
  threshold: z.number(),
  timeout,
});

const job = z.strictObject({
  kind: z.literal('JOB'),
  namespace: dnsLabel(63),
  image: z.string().min(1).max(500),
  command: z.array(z.string().max(4_000)).min(1).max(50).meta({
    description: 'The variable NODE_NAME of its container names the machine that was upgraded',
  }),
  timeout,
});

export const upgradeGate = z.discriminatedUnion('kind', [http, promql, job]).meta({ id: 'UpgradeGate' });

export function gateOf({ timeout: text, ...gate }: z.infer<typeof upgradeGate>): UpgradeGate {
  return { ...gate, timeoutSeconds: inSeconds(text) ?? 0 };
}

function hasNoCredentials(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}
