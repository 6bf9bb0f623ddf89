/** The NoCloud documents of a server, fetched as cloud-init fetches them. */
import { fetchFrom, type Fetched } from '../networking/fetch.js';
import type { NetworkStack } from '../networking/network-stack.js';
import type { Seed } from './seed.js';

export interface SeedServer {
  readonly network: Pick<NetworkStack, 'dial'>;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

const USER_AGENT = 'Cloud-Init/24.2';
const MOST_ATTEMPTS = 11;
const RETRY_MS = 1_000;

/**
 * `user-data` and `meta-data` have to be there; the others may be missing.
 * @returns `undefined` where they are not to be had. Rejects with the signal's reason when it is aborted.
 */
export async function fetchSeed(address: string, server: SeedServer): Promise<Seed | undefined> {
  const metaData = await fetchDocument(`${address}meta-data`, server);
  const userData = metaData === undefined ? undefined : await fetchDocument(`${address}user-data`, server);
  if (metaData === undefined || userData === undefined) return undefined;
  const { network, signal, log } = server;
  const optional = async (name: string): Promise<string | null> => {
    const answer = await fetchFrom(network, `${address}${name}`, { userAgent: USER_AGENT, signal });
    log(line(`${address}${name}`, answer));
    return answer.kind === 'answer' && answer.status === 200 ? answer.body.toString() : null;
  };
  await optional('vendor-data');
  return { metaData, userData, networkConfig: await optional('network-config') };
}

async function fetchDocument(url: string, server: SeedServer): Promise<string | undefined> {
  const { network, pause, signal, log } = server;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    const answer = await fetchFrom(network, url, { userAgent: USER_AGENT, signal });
    log(line(url, answer));
    if (answer.kind === 'answer' && answer.status === 200) return answer.body.toString();
    if (attempt < MOST_ATTEMPTS) await pause(RETRY_MS, signal);
  }
  return undefined;
}

function line(url: string, answer: Fetched): string {
  return answer.kind === 'answer' ? `Read from ${url} (${answer.status})` : `${url}: ${answer.reason}`;
}
