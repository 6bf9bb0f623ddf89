/** A real server of S3 over a folder of its own, with TLS by an authority of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DestinationSettings } from '../../domain/backup/destination.js';
import { loadCertificate } from '../../lab/proxmox/certificate.js';
import { LabState } from '../../lab/state.js';
import { goProgram, VERSITYGW } from './go-program.js';

export const BUCKET = 'backups';

export class S3Server {
  readonly settings: Extract<DestinationSettings, { readonly kind: 's3' }>;
  private readonly process: ChildProcess;
  private readonly folder: string;

  private constructor(process: ChildProcess, folder: string, settings: S3Server['settings']) {
    this.process = process;
    this.folder = folder;
    this.settings = settings;
  }

  /** Resolves once it answers. */
  static async start(): Promise<S3Server> {
    const program = await goProgram(VERSITYGW);
    const folder = mkdtempSync(join(tmpdir(), 'clusterwright-s3-'));
    mkdirSync(join(folder, 'data', BUCKET), { recursive: true });
    mkdirSync(join(folder, 'metadata'));
    const { certificate, privateKey } = await loadCertificate(new LabState(null), '127.0.0.1');
    writeFileSync(join(folder, 'server.crt'), certificate);
    writeFileSync(join(folder, 'server.key'), privateKey, { mode: 0o600 });
    const port = await freePort();
    const credentials = { accessKeyId: 'backup-writer', secretAccessKey: 'a-secret-of-the-test' };
    const child = spawn(
      program,
      [
        ...['--access', credentials.accessKeyId, '--secret', credentials.secretAccessKey, '--quiet'],
        ...['--port', `127.0.0.1:${port}`, '--region', 'eu-test-1'],
        ...['--cert', join(folder, 'server.crt'), '--key', join(folder, 'server.key')],
        // Not every file system keeps extended attributes.
        ...['posix', '--sidecar', join(folder, 'metadata'), join(folder, 'data')],
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const server = new S3Server(child, folder, {
      ...{ kind: 's3', endpoint: `https://127.0.0.1:${port}`, bucket: BUCKET, region: 'eu-test-1' },
      ...{ prefix: 'clusters/', ...credentials, caCertificate: certificate },
    });
    await server.listening(port);
    return server;
  }

  /** Parts of uploads that are not whole. */
  partials(): number {
    const names = readdirSync(join(this.folder, 'data', BUCKET), { recursive: true, withFileTypes: true });
    return names.filter((entry) => entry.isFile() && entry.parentPath.includes('.sgwtmp')).length;
  }

  async close(): Promise<void> {
    if (this.process.exitCode === null) {
      const ended = once(this.process, 'exit');
      this.process.kill('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async listening(port: number): Promise<void> {
    for (;;) {
      if (this.process.exitCode !== null) throw new Error(`the server ended with ${this.process.exitCode}`);
      if (await isOpen(port)) return;
      await pause(50);
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
