/** A process of the product that does one thing and ends. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

export interface OnceOptions {
  readonly name: string;
  readonly module: string;
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
}

/** Resolves when it has ended well. @throws Error that names its log when it has not. */
export async function runOnce({ name, module, env, logFile }: OnceOptions): Promise<void> {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = createWriteStream(logFile, { flags: 'a' });
  const child = fork(module, [], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  // All output has arrived by `close`, not by `exit`.
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  log.end();
  if (code !== 0) throw new Error(`${name} ended with ${signal ?? `code ${code}`}; see ${logFile}`);
}
