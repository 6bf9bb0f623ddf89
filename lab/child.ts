/** A process of the product under supervision: started anew when it ends without having been asked to. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

export interface ChildOptions {
  readonly name: string;
  /** The process's module; it sends `{ kind: 'ready' }` over IPC when it serves. */
  readonly module: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  readonly say: (line: string) => void;
  /** Told each time the process serves, with its process id. */
  readonly served: (name: string, pid: number | undefined) => void;
}

export type ReadyMessage = Readonly<Record<string, unknown>>;

/** A process that could not start twice in a row will not start the third time. */
const MAX_FAILED_STARTS = 2;

export class Child {
  private readonly options: ChildOptions;
  private process: ChildProcess | null = null;
  private stopping = false;
  private hasServed = false;
  private failedStarts = 0;

  constructor(options: ChildOptions) {
    this.options = options;
  }

  /** Resolves with what the process says when it serves. @throws Error when it ends before. */
  async start(): Promise<ReadyMessage> {
    const { name, module, args, env, logFile } = this.options;
    mkdirSync(dirname(logFile), { recursive: true });
    const log = createWriteStream(logFile, { flags: 'a' });
    const child = fork(module, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.process = child;
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2_000);
    });
    child.once('exit', (code, signal) => this.ended(signal ?? `code ${code}`));
    const ready = new Promise<ReadyMessage>((resolve, reject) => {
      child.once('message', (message) => resolve(message as ReadyMessage));
      // All output has arrived by `close`, not by `exit`.
      child.once('close', (code) =>
        reject(new Error(`${complaint}${name} ended with code ${code}; see ${logFile}`)),
      );
    });
    const message = await ready;
    this.hasServed = true;
    this.failedStarts = 0;
    this.options.served(name, child.pid);
    return message;
  }

  /** Asks the process to end, and waits until it has. */
  async stop(): Promise<void> {
    this.stopping = true;
    const child = this.process;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }

  private ended(how: string): void {
    // Whoever starts it for the first time hears why it does not.
    if (this.stopping || !this.hasServed) return;
    const { name, say, logFile } = this.options;
    this.failedStarts += 1;
    if (this.failedStarts > MAX_FAILED_STARTS) {
      say(`${name} ended (${how}) and does not start; see ${logFile}`);
      return;
    }
    say(`${name} ended (${how}); it is started again`);
    // A failed start is reported by the exit event that brought us here.
    this.start().catch(() => undefined);
  }
}
