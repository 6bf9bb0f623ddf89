/** HTTP as what runs on a machine before its shell does: firmware, cloud-init, installers. */
import { httpOver } from '../http-request.js';
import type { NetworkStack } from './network-stack.js';

export type Fetched =
  | { readonly kind: 'answer'; readonly status: number; readonly body: Buffer }
  | { readonly kind: 'failure'; readonly reason: string };

export interface FetchOptions {
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 30_000;
const MOST_REDIRECTS = 5;

/** Rejects only when the signal is aborted. */
export async function fetchFrom(
  network: Pick<NetworkStack, 'dial'>,
  address: string,
  { userAgent, signal }: FetchOptions,
): Promise<Fetched> {
  let target = address;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    if (!URL.canParse(target)) return { kind: 'failure', reason: `${target} is no URL` };
    const url = new URL(target);
    if (url.protocol !== 'http:') return { kind: 'failure', reason: `${url.protocol} is not supported` };
    const dialled = network.dial(url.hostname, Number(url.port === '' ? 80 : url.port));
    if (dialled.kind !== 'connected') return { kind: 'failure', reason: `${url.host} is ${dialled.kind}` };
    try {
      const { stream } = dialled;
      const headers = { 'user-agent': userAgent };
      const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const answer = await httpOver({ stream, url, method: 'GET', headers, signal: limit });
      if (answer.location === undefined) return { kind: 'answer', status: answer.status, body: answer.body };
      target = new URL(answer.location, url).href;
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'failure', reason: (error as Error).message };
    }
  }
  return { kind: 'failure', reason: 'too many redirects' };
}
