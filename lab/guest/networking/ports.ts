/** The open ports of one machine: the same behind each of its addresses, and its connections, which end with it. */
import type { Duplex } from 'node:stream';
import type { ConnectionHandler, LabNetwork } from '../../network/lab-network.js';

export class Ports {
  private readonly network: LabNetwork;
  private readonly handlers = new Map<number, ConnectionHandler>();
  private readonly closers = new Map<string, () => void>();
  private readonly connections = new Set<Duplex>();
  private addresses: readonly string[] = [];

  constructor(network: LabNetwork) {
    this.network = network;
  }

  /** @returns a function that closes the port again. */
  open(port: number, handler: ConnectionHandler): () => void {
    const tracked: ConnectionHandler = (socket) => {
      this.connections.add(socket);
      socket.once('close', () => this.connections.delete(socket));
      handler(socket);
    };
    this.handlers.set(port, tracked);
    for (const address of this.addresses) this.publish(address, port, tracked);
    return () => {
      if (this.handlers.get(port) !== tracked) return;
      this.handlers.delete(port);
      for (const address of this.addresses) this.closers.get(`${address}:${port}`)?.();
    };
  }

  handlerAt(port: number): ConnectionHandler | undefined {
    return this.handlers.get(port);
  }

  list(): number[] {
    return [...this.handlers.keys()].sort((a, b) => a - b);
  }

  /** The machine answers at these addresses from now on. */
  bind(addresses: readonly string[]): void {
    this.addresses = addresses;
    for (const [port, handler] of this.handlers)
      for (const address of addresses) this.publish(address, port, handler);
  }

  /** All connections break, all ports are closed. */
  cut(): void {
    for (const close of this.closers.values()) close();
    for (const connection of this.connections) connection.destroy();
    this.closers.clear();
    this.handlers.clear();
    this.addresses = [];
  }

  private publish(address: string, port: number, handler: ConnectionHandler): void {
    this.closers.set(`${address}:${port}`, this.network.listen(address, port, handler));
  }
}
