/** Fetches all that an Ignition document refers to, as Ignition does in the initramfs: until it has it. */
import { ignitionFaults } from '../../../schema/ignition.js';
import { httpOver } from '../http-request.js';
import { IgnitionError } from '../live/ignition.js';
import type { NetworkStack } from '../networking/network-stack.js';
import { record, records, type Json } from './json.js';
import { mergeIgnition } from './merge-ignition.js';

export interface RenderParts {
  readonly network: Pick<NetworkStack, 'dial'>;
  readonly print: (line: string) => void;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

const RETRY_MS = 5_000;
const TIMEOUT_MS = 10_000;
const DEEPEST = 8;

/** @returns JSON without references. @throws IgnitionError for what no further attempt would make better. */
export async function renderIgnition(text: string, parts: RenderParts): Promise<string> {
  return JSON.stringify(await rendered(text, parts, [], 0));
}

async function rendered(
  text: string,
  parts: RenderParts,
  trusted: readonly string[],
  depth: number,
): Promise<Json> {
  const faults = ignitionFaults(text);
  if (faults.length > 0) throw new IgnitionError(`error parsing config: ${faults.join('; ')}`);
  if (depth > DEEPEST) throw new IgnitionError('too many references');
  const config = record(JSON.parse(text));
  const { config: references, ...ignition } = record(config['ignition']);
  const tls = record(record(ignition['security'])['tls']);
  const authorities = [
    ...trusted,
    ...records(tls['certificateAuthorities']).map(({ source }) => dataOf(String(source))),
  ];
  const follow = async ({ source }: Json): Promise<Json> =>
    rendered(await fetched(String(source), authorities, parts), parts, authorities, depth + 1);
  const { replace, merge } = record(references);
  if (record(replace)['source'] !== undefined) return follow(record(replace));
  let result: Json = { ...config, ignition };
  for (const reference of records(merge)) result = mergeIgnition(result, await follow(reference));
  return result;
}

async function fetched(source: string, authorities: readonly string[], parts: RenderParts): Promise<string> {
  if (source.startsWith('data:')) return dataOf(source);
  const { print, pause, signal } = parts;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await get(new URL(source), authorities, parts);
    print(
      `ignition: GET ${source}: attempt #${attempt}: ${answer.kind === 'answer' ? answer.status : answer.reason}`,
    );
    if (answer.kind === 'answer') {
      if (answer.status === 200) return answer.body;
      if (answer.status < 500) throw new IgnitionError(`failed to fetch ${source}: status ${answer.status}`);
    }
    await pause(RETRY_MS, signal);
  }
}

type Answer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  | { readonly kind: 'failure'; readonly reason: string };

async function get(
  url: URL,
  authorities: readonly string[],
  { network, signal }: RenderParts,
): Promise<Answer> {
  const isSecure = url.protocol === 'https:';
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  const dialled = network.dial(url.hostname, port);
  if (dialled.kind !== 'connected') return { kind: 'failure', reason: `${url.host} is ${dialled.kind}` };
  try {
    const { status, body } = await httpOver({
      stream: dialled.stream,
      url,
      method: 'GET',
      headers: {
        'user-agent': 'Ignition/2.19.0',
        accept: 'application/vnd.coreos.ignition+json;version=3.4.0',
      },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      tls: { isInsecure: false, ca: authorities.join('\n') },
    });
    return { kind: 'answer', status, body: body.toString() };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'failure', reason: (error as Error).message };
  }
}

/** @throws IgnitionError */
function dataOf(source: string): string {
  const [, flags = '', data] = /^data:([^,]*),(.*)$/s.exec(source) ?? [];
  if (data === undefined) throw new IgnitionError(`error fetching ${source}: unsupported source scheme`);
  const text = decodeURIComponent(data);
  return flags.endsWith(';base64') ? Buffer.from(text, 'base64').toString() : text;
}
