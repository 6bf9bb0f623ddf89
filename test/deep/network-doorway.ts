/** Listening and connecting in the network of a host, from this process. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { projectFile } from '../../lab/binaries/folders.js';

interface Answer {
  readonly id: number;
  readonly error?: string;
}

export class Doorway {
  private readonly keeper: ChildProcess;
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();
  private last = 0;

  constructor(pid: number) {
    const program = [process.execPath, projectFile('test/deep/doorway.js')];
    this.keeper = spawn('nsenter', ['-t', String(pid), '--net', '--', ...program], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  /** @returns a server that is bound there, and for a server of this process to listen by. */
  listen(address: string, port: number): Promise<Server> {
    return this.ask('listen', address, port) as Promise<Server>;
  }

  connect(address: string, port: number): Promise<Socket> {
    return this.ask('connect', address, port) as Promise<Socket>;
  }

  /** @returns a socket that sends from there, and receives what is answered. */
  datagrams(address: string): Promise<DatagramSocket> {
    return this.ask('datagrams', address, 0) as Promise<DatagramSocket>;
  }

  /** Opens a port of this machine's loopback that leads to the one there. @returns its number. */
  async forward(address: string, port: number): Promise<number> {
    const server = createServer({ pauseOnConnect: true }, (near) => {
      this.keep(near);
      this.connect(address, port).then(
        (far) => {
          this.keep(far);
          near.pipe(far).on('close', () => near.destroy());
          far.pipe(near).on('close', () => far.destroy());
        },
        () => near.destroy(),
      );
    });
    this.servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  close(): void {
    for (const server of this.servers) server.close();
    for (const socket of this.sockets) socket.destroy();
    this.keeper.kill();
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sockets.delete(socket));
  }

  private ask(verb: 'listen' | 'connect' | 'datagrams', address: string, port: number): Promise<unknown> {
    const id = (this.last += 1);
    return new Promise((resolve, reject) => {
      const onMessage = (answer: Answer, handle: unknown): void => {
        if (answer.id !== id) return;
        this.keeper.off('message', onMessage as never);
        if (answer.error === undefined) resolve(handle);
        else reject(new Error(`${verb} ${address}:${port}: ${answer.error}`));
      };
      this.keeper.on('message', onMessage as never);
      this.keeper.send({ id, verb, address, port });
    });
  }
}
