/** What `wget` on a Proxmox host does with a URL: from the lab's own site, or over the network for real. */
import { Agent, fetch } from 'undici';
import { isLabSite, labImageAt } from './lab-images.js';

export type Fetched =
  | { readonly kind: 'content'; readonly bytes: Uint8Array }
  /** wget's exit status. */
  | { readonly kind: 'failed'; readonly exitCode: number };

/** The lab keeps files in memory. */
const MOST_BYTES = 64 * 2 ** 20;

const FILE_ERROR: Fetched = { kind: 'failed', exitCode: 3 };
const NETWORK_FAILURE: Fetched = { kind: 'failed', exitCode: 4 };
const BAD_CERTIFICATE: Fetched = { kind: 'failed', exitCode: 5 };
const SERVER_ERROR: Fetched = { kind: 'failed', exitCode: 8 };

/** @throws the signal's reason when it is aborted. */
export async function fetchImage(
  url: string,
  { verifyCertificates, signal }: { readonly verifyCertificates: boolean; readonly signal: AbortSignal },
): Promise<Fetched> {
  if (isLabSite(url)) {
    const image = labImageAt(url);
    return image === undefined ? SERVER_ERROR : { kind: 'content', bytes: image.bytes };
  }
  const dispatcher = new Agent({ connect: { rejectUnauthorized: verifyCertificates } });
  try {
    const answer = await fetch(url, { dispatcher, signal });
    if (!answer.ok || answer.body === null) return SERVER_ERROR;
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > MOST_BYTES) return FILE_ERROR;
      chunks.push(chunk);
    }
    return { kind: 'content', bytes: Buffer.concat(chunks) };
  } catch (error) {
    signal.throwIfAborted();
    return isCertificateError(error) ? BAD_CERTIFICATE : NETWORK_FAILURE;
  } finally {
    await dispatcher.destroy();
  }
}

function isCertificateError(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /CERT|ALTNAME|UNABLE_TO_/.test(code);
}
