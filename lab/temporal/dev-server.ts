/** Runs the Temporal development server, with its UI, over a SQLite file that outlives it. */
import { Connection } from '@temporalio/client';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../domain/search-attributes.js';

export interface DevServerOptions {
  readonly executable: string;
  readonly port: number;
  /** `null` runs no UI. */
  readonly uiPort: number | null;
  /** SQLite file that holds all runs. */
  readonly database: string;
}

export interface DevServer {
  readonly address: string;
  /** Changes when the server had to be started again. */
  readonly pid: () => number | undefined;
  readonly stop: () => Promise<void>;
}

const START_TIMEOUT_MS = 60_000;

/**
 * Resolves when the server answers. A server that ends without having been asked to is started again, on its file.
 * @param restarted is told of that, once it answers again.
 * @throws Error with the last of its output when it ends or does not answer.
 */
export async function startDevServer(options: DevServerOptions, restarted: () => void): Promise<DevServer> {
  await mkdir(dirname(options.database), { recursive: true });
  let isStopping = false;
  let server = await launch(options);
  const keepUp = async (): Promise<void> => {
    await server.ended;
    if (isStopping) return;
    server = await launch(options);
    restarted();
    await keepUp();
  };
  const kept = keepUp();
  // A server that does not come back leaves the API answering 503, which says what is missing.
  kept.catch(() => undefined);
  return {
    address: addressOf(options),
    pid: () => server.process.pid,
    stop: async () => {
      isStopping = true;
      server.process.kill('SIGTERM');
      await server.ended;
    },
  };
}

async function launch(
  options: DevServerOptions,
): Promise<{ process: ChildProcess; ended: Promise<unknown> }> {
  const server = spawn(options.executable, argumentsOf(options), { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keepTail = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4_000);
  };
  server.stdout.on('data', keepTail);
  server.stderr.on('data', keepTail);
  const ended = once(server, 'exit');
  const failed = ended.then(() => {
    throw new Error(`the Temporal server ended:\n${output}`);
  });
  failed.catch(() => undefined);
  await Promise.race([answers(addressOf(options)), failed]);
  return { process: server, ended };
}

function addressOf({ port }: DevServerOptions): string {
  return `127.0.0.1:${port}`;
}

function argumentsOf({ port, uiPort, database }: DevServerOptions): string[] {
  const attributes = Object.values(SEARCH_ATTRIBUTES).flatMap((name) => [
    '--search-attribute',
    `${name}=Keyword`,
  ]);
  const ui = uiPort === null ? ['--headless'] : ['--ui-ip', '127.0.0.1', '--ui-port', String(uiPort)];
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--db-filename', database],
    ...['--log-level', 'warn', ...ui, ...attributes],
  ];
}

/** Resolves when the default namespace is there, too: it is made shortly after the server answers. */
async function answers(address: string): Promise<void> {
  const end = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 });
      try {
        await connection.workflowService.describeNamespace({ namespace: 'default' });
        return;
      } finally {
        await connection.close();
      }
    } catch (error) {
      if (Date.now() > end)
        throw new Error(`the Temporal server does not answer at ${address}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
