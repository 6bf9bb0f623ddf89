/** The lab's own network: addresses with ports behind which something answers. Nothing of it exists on the host. */
import type { Socket } from 'node:net';
import { ExposedService } from './exposed-service.js';

/** Takes over a connection that somebody opened to the address and port. */
export interface ConnectionHandler {
  (socket: Socket): void;
  /** Who would answer a connection that is opened now: behind a balancer another machine than the one that took it. */
  readonly answeredBy?: () => Answerer | undefined;
}

/** What is no machine of the lab, and takes connections of machines. */
export interface OutsideService {
  /** @param source the address that the connection comes from. */
  connect(socket: Socket, source: string): void;
}

/** The end of a connection's way. */
export interface Answerer {
  /** The address that the machine is known by, whatever other address of it was dialled. */
  readonly address: string;
  readonly port: number;
}

export class LabNetwork {
  private readonly listeners = new Map<string, ConnectionHandler>();
  private readonly up = new Set<string>();
  private readonly services = new Map<string, OutsideService>();

  /** Brings an address up: connections to its closed ports are refused, not left without an answer. */
  attach(address: string): void {
    this.up.add(address);
  }

  detach(address: string): void {
    this.up.delete(address);
    for (const key of this.listeners.keys()) if (key.startsWith(`${address}:`)) this.listeners.delete(key);
  }

  isUp(address: string): boolean {
    return this.up.has(address) || this.isExposed(address);
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

  /**
   * Puts something beside the machines that is none: it stands on every segment of their network.
   * @returns a function that takes it away again.
   */
  place(address: string, port: number, service: OutsideService): () => void {
    const key = `${address}:${port}`;
    this.services.set(key, service);
    return () => {
      if (this.services.get(key) === service) this.services.delete(key);
    };
  }

  /**
   * Machines find the HTTP server that listens at `realPort` of the host's loopback at this address and port of their
   * network, as they would find the service itself in a machine room. It is told the machine's own address in
   * `X-Forwarded-For`.
   * @returns a function that takes the address away again.
   */
  expose(address: string, port: number, realPort: number): () => void {
    return this.place(address, port, new ExposedService(realPort));
  }

  exposedAt(address: string, port: number): OutsideService | undefined {
    return this.services.get(`${address}:${port}`);
  }

  isExposed(address: string): boolean {
    return [...this.services.keys()].some((key) => key.startsWith(`${address}:`));
  }
}
