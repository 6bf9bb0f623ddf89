/** The open ports of one machine, each behind all of its addresses or some, and its connections, which end with it. */
import ipaddr from 'ipaddr.js';
import type { Duplex } from 'node:stream';
import type { Answerer, ConnectionHandler, LabNetwork } from '../../network/lab-network.js';

/** Which of the machine's addresses a port is open at: every one, those of one family, or one. */
export type BindAddress = '*' | '0.0.0.0' | '::' | (string & {});

interface OpenPort {
  readonly address: BindAddress;
  readonly port: number;
  /** The only interface that it listens on, for who asks; the address says as much. */
  readonly device: string | null;
  readonly handler: ConnectionHandler;
}

export class Ports {
  private readonly network: LabNetwork;
  /** The address that others know the machine by. */
  private readonly ownAddress: () => string | undefined;
  private opened: readonly OpenPort[] = [];
  private readonly closers = new Map<string, () => void>();
  /** With the address that each came in by. */
  private readonly connections = new Map<Duplex, string>();
  private addresses: readonly string[] = [];

  constructor(network: LabNetwork, ownAddress: () => string | undefined) {
    this.network = network;
    this.ownAddress = ownAddress;
  }

  /** Takes the place of what is open at exactly this address and port. @returns a function that closes the port again. */
  open(
    port: number,
    handler: ConnectionHandler,
    address: BindAddress = '*',
    device: string | null = null,
  ): () => void {
    const entry: OpenPort = { address, port, device, handler };
    this.opened = [...this.opened.filter((each) => each.port !== port || each.address !== address), entry];
    this.publishAll();
    return () => {
      if (!this.opened.includes(entry)) return;
      this.opened = this.opened.filter((each) => each !== entry);
      this.publishAll();
    };
  }

  /** Whether another one can open the port there; EADDRINUSE otherwise. */
  isFree(port: number, address: BindAddress): boolean {
    return !this.opened.some(
      (each) =>
        each.port === port &&
        (covers(each.address, address) || covers(address, each.address) || each.address === address),
    );
  }

  handlerAt(port: number, address: string): ConnectionHandler | undefined {
    const entry = this.entryAt(port, address);
    return entry === undefined ? undefined : this.tracked(entry, address);
  }

  /** Each number once. */
  list(): number[] {
    return [...new Set(this.opened.map(({ port }) => port))].sort((a, b) => a - b);
  }

  /** As `ss` prints them, such as `0.0.0.0:22` or `10.1.107.5%eth0:6443`. */
  endpoints(): string[] {
    const sorted = [...this.opened].sort((a, b) => a.port - b.port);
    return sorted.map(({ address, port, device }) => {
      const shown = address === '*' ? '0.0.0.0' : address;
      const zone = device === null ? '' : `%${device}`;
      return shown.includes(':') ? `[${shown}]${zone}:${port}` : `${shown}${zone}:${port}`;
    });
  }

  /** The machine answers at these addresses from now on; connections to one that it lost break. */
  bind(addresses: readonly string[]): void {
    this.addresses = addresses;
    this.publishAll();
    for (const [connection, address] of this.connections)
      if (!isLoopback(address) && !addresses.includes(address)) connection.destroy();
  }

  /** All connections break, all ports are closed. */
  cut(): void {
    this.opened = [];
    this.addresses = [];
    this.publishAll();
    for (const connection of this.connections.keys()) connection.destroy();
  }

  private publishAll(): void {
    for (const close of this.closers.values()) close();
    this.closers.clear();
    for (const address of this.addresses) {
      for (const port of this.list()) {
        const handler = this.handlerAt(port, address);
        if (handler !== undefined)
          this.closers.set(`${address}:${port}`, this.network.listen(address, port, handler));
      }
    }
  }

  /** What is open at the address itself comes before what is open at all of them. */
  private entryAt(port: number, address: string): OpenPort | undefined {
    const fitting = this.opened.filter((each) => each.port === port && covers(each.address, address));
    return fitting.find((each) => each.address === address) ?? fitting[0];
  }

  private tracked({ handler, port }: OpenPort, address: string): ConnectionHandler {
    const answeredBy = (): Answerer => ({ address: this.ownAddress() ?? address, port });
    const accept = (socket: Parameters<ConnectionHandler>[0]): void => {
      this.connections.set(socket, address);
      socket.once('close', () => this.connections.delete(socket));
      handler(socket);
    };
    return Object.assign(accept, { answeredBy: handler.answeredBy ?? answeredBy });
  }
}

/** Whether a port that is open at `bound` answers at `address`. */
function covers(bound: BindAddress, address: string): boolean {
  if (bound === '*' || bound === address) return true;
  if (bound === '0.0.0.0') return ipaddr.IPv4.isValid(address);
  return bound === '::' && ipaddr.IPv6.isValid(address);
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
