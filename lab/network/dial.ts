/** A connection from inside the lab's network: between two of its machines, or of one to itself. */
import { duplexPair, type Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { LabNetwork } from './lab-network.js';

export type Dialled =
  | { readonly kind: 'connected'; readonly stream: Duplex }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unreachable' };

/** What servers ask of a TCP socket beside its bytes, and what has no meaning without a wire. */
const TCP_ONLY = ['setNoDelay', 'setKeepAlive', 'setTimeout', 'ref', 'unref'] as const;

export function dial(network: LabNetwork, address: string, port: number): Dialled {
  const handler = network.handlerAt(address, port);
  if (handler === undefined) return { kind: network.isUp(address) ? 'refused' : 'unreachable' };
  const [near, far] = duplexPair();
  // A half that is destroyed tells the other one nothing by itself.
  near.on('close', () => far.destroy());
  far.on('close', () => near.destroy());
  far.on('error', () => near.destroy());
  for (const method of TCP_ONLY) Object.assign(far, { [method]: () => far });
  handler(far as unknown as Socket);
  return { kind: 'connected', stream: near };
}
