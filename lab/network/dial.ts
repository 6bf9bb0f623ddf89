/** A connection inside the lab: between two of its machines, or of one to itself. */
import { duplexPair, type Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { ConnectionHandler } from './lab-network.js';

/** What servers ask of a TCP socket beside its bytes, and what has no meaning without a wire. */
const TCP_ONLY = ['setNoDelay', 'setKeepAlive', 'setTimeout', 'ref', 'unref'] as const;

/** Connects to what listens. @returns the client's end. */
export function dial(handler: ConnectionHandler): Duplex {
  const [near, far] = duplexPair();
  // A half that is destroyed tells the other one nothing by itself.
  near.on('close', () => far.destroy());
  far.on('close', () => near.destroy());
  far.on('error', () => near.destroy());
  for (const method of TCP_ONLY) Object.assign(far, { [method]: () => far });
  handler(far as unknown as Socket);
  return near;
}
