/** A gate that is open while an address answers as it is to. */
import type { HttpGate } from '../../domain/upgrade/upgrade-gate.js';
import { httpGet, type Look } from './http-get.js';

/** @returns why it is not open; `null` when it is. */
export async function httpObjection({ url, expectedStatus }: HttpGate, look: Look): Promise<string | null> {
  try {
    const { status } = await httpGet(new URL(url), look);
    return status === expectedStatus ? null : `${url} answers ${status}, not ${expectedStatus}`;
  } catch (error) {
    look.signal.throwIfAborted();
    return `${url} does not answer: ${(error as Error).message}`;
  }
}
