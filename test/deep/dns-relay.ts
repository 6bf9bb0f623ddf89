/** A port of this machine's loopback that leads to a DNS server in a host's network, and loses answers when it is told to. */
import { createSocket, type RemoteInfo, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Host } from './host.js';

const DNS_PORT = 53;
const LOOPBACK = '127.0.0.1';
const UPDATE = 5;

export class DnsRelay {
  /** So many of the next answers to updates over UDP are lost. */
  lostUpdates = 0;
  /** Updates that went over UDP. */
  updates = 0;
  private readonly near: DatagramSocket;
  private readonly far: DatagramSocket;
  private readonly tcp: Server;
  private readonly sockets = new Set<Socket>();
  private readonly askers = new Map<number, RemoteInfo>();

  private constructor(host: Host, far: DatagramSocket) {
    this.near = createSocket('udp4');
    this.far = far;
    this.tcp = createServer({ pauseOnConnect: true }, (near) => {
      void host
        .doorway()
        .connect(LOOPBACK, DNS_PORT)
        .then((there) => {
          for (const socket of [near, there]) {
            this.sockets.add(socket);
            socket.on('error', () => socket.destroy());
          }
          near.pipe(there).pipe(near);
        });
    });
  }

  static async start(host: Host): Promise<DnsRelay> {
    const relay = new DnsRelay(host, await host.doorway().datagrams(LOOPBACK));
    relay.tcp.listen(0, LOOPBACK);
    await once(relay.tcp, 'listening');
    relay.near.bind(relay.port, LOOPBACK);
    await once(relay.near, 'listening');
    relay.near.on('message', (question, from) => relay.ask(question, from));
    relay.far.on('message', (answer) => relay.answer(answer));
    return relay;
  }

  get port(): number {
    return (this.tcp.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.near.close();
    this.far.close();
    this.tcp.close();
  }

  private ask(question: Buffer, from: RemoteInfo): void {
    this.askers.set(question.readUInt16BE(0), from);
    if (isUpdate(question)) this.updates += 1;
    this.far.send(question, DNS_PORT, LOOPBACK);
  }

  private answer(answer: Buffer): void {
    if (isUpdate(answer) && this.lostUpdates > 0) {
      this.lostUpdates -= 1;
      return;
    }
    const asker = this.askers.get(answer.readUInt16BE(0));
    if (asker !== undefined) this.near.send(answer, asker.port, asker.address);
  }
}

function isUpdate(message: Buffer): boolean {
  return ((message.readUInt8(2) >> 3) & 0xf) === UPDATE;
}
