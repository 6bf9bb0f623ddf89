/** The lab's own network: addresses with ports behind which something answers. Nothing of it exists on the host. */
import type { Socket } from 'node:net';

/** Takes over a connection that somebody opened to the address and port. */
export type ConnectionHandler = (socket: Socket) => void;

export class LabNetwork {
  private readonly listeners = new Map<string, ConnectionHandler>();
  private readonly up = new Set<string>();

  /** Brings an address up: connections to its closed ports are refused, not left without an answer. */
  attach(address: string): void {
    this.up.add(address);
  }

  detach(address: string): void {
    this.up.delete(address);
    for (const key of this.listeners.keys()) if (key.startsWith(`${address}:`)) this.listeners.delete(key);
  }

  isUp(address: string): boolean {
    return this.up.has(address);
  }

  /** @returns a function that closes the port again. */
  listen(address: string, port: number, handler: ConnectionHandler): () => void {
    const key = `${address}:${port}`;
    this.listeners.set(key, handler);
    return () => {
      if (this.listeners.get(key) === handler) this.listeners.delete(key);
    };
  }

  handlerAt(address: string, port: number): ConnectionHandler | undefined {
    return this.listeners.get(`${address}:${port}`);
  }
}
