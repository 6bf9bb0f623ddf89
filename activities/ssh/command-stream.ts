/** The output of one command over SSH as it comes: for what is too large to be held, or is no text. */
import type { Client, ClientChannel } from 'ssh2';
import { fail } from '../../domain/errors.js';
import { OutputTail } from './output-tail.js';
import { lastLines } from './redaction.js';

export interface StreamOptions {
  readonly stdin?: string;
  readonly signal: AbortSignal;
  /** The command is given up when nothing comes for so long. */
  readonly stallMs: number;
  /** Asked for the error of a command that ended with another code than 0. */
  readonly failure?: (code: number, stderr: string) => Error;
}

const STDERR_BYTES = 16 * 1024;
/** Chunks that may wait: the machine is asked to pause then. They have 32 KiB at most. */
const MOST_WAITING = 16;

/**
 * Standard output of the command, in order; it ends only when the command has ended well.
 * @throws `SSH_UNREACHABLE` when the command could not be started.
 * @throws `SSH_OUTCOME_UNKNOWN` when the connection broke, nothing came any more or a signal ended the command.
 * @throws `COMMAND_FAILED` when it ended with another code than 0, unless `failure` says otherwise.
 * @throws the reason of `signal` when that was aborted.
 */
export async function* streamCommand(
  client: Client,
  command: string,
  options: StreamOptions,
): AsyncGenerator<Buffer> {
  const { signal, stdin, stallMs, failure = commandFailed } = options;
  signal.throwIfAborted();
  const channel = await open(client, command);
  const waiting: Buffer[] = [];
  const stderr = new OutputTail(STDERR_BYTES);
  let end: { readonly error: unknown } | undefined;
  let wake = (): void => undefined;
  let exit: { code: number | null; signal: string | undefined } = { code: null, signal: undefined };

  const finish = (error: unknown): void => {
    end ??= { error };
    wake();
  };
  const unknown = (detail: string): void => finish(fail('SSH_OUTCOME_UNKNOWN', detail));
  const onAbort = (): void => finish(signal.reason);
  const onLost = (): void => unknown('the connection was lost while a command ran');
  signal.addEventListener('abort', onAbort);
  client.on('close', onLost);
  channel.on('exit', (code: number | null, name?: string) => {
    exit = { code, signal: name };
  });
  channel.on('data', (chunk: Buffer) => {
    waiting.push(chunk);
    if (waiting.length >= MOST_WAITING) channel.pause();
    wake();
  });
  channel.stderr.on('data', (chunk: Buffer) => stderr.append(chunk));
  channel.on('error', () => undefined);
  channel.on('close', () => {
    if (exit.code === 0) finish(null);
    else if (exit.code !== null) finish(failure(exit.code, stderr.text()));
    else if (exit.signal === undefined) unknown('the connection was lost while a command ran');
    else unknown(`a command was ended by the signal ${exit.signal}`);
  });
  channel.end(stdin);
  try {
    for (;;) {
      const chunk = waiting.shift();
      if (chunk !== undefined) {
        yield chunk;
        if (waiting.length === 0 && channel.isPaused()) channel.resume();
      } else if (end === undefined) {
        // Only here: whoever takes the chunks may take as long as it likes.
        const stalled = setTimeout(
          () => unknown(`nothing came of a command for ${stallMs / 1_000} s`),
          stallMs,
        );
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        clearTimeout(stalled);
      } else if (end.error === null) {
        return;
      } else {
        throw end.error;
      }
      if (signal.aborted) throw signal.reason;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    client.removeListener('close', onLost);
    channel.close();
  }
}

function open(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const refused = (cause: unknown): void => {
      const message = cause instanceof Error ? cause.message : String(cause);
      reject(fail('SSH_UNREACHABLE', `a command could not be started: ${message}`, { cause }));
    };
    // A connection that dies before the channel is open never calls back.
    const onLost = (): void => refused(new Error('the connection was lost'));
    client.once('close', onLost);
    try {
      client.exec(command, (error, channel) => {
        client.removeListener('close', onLost);
        if (error === undefined) resolve(channel);
        else refused(error);
      });
    } catch (error) {
      client.removeListener('close', onLost);
      refused(error);
    }
  });
}

function commandFailed(code: number, stderr: string): Error {
  const reason = lastLines(stderr, { lines: 3, characters: 500 });
  return fail('COMMAND_FAILED', `a command ended with the code ${code}: ${reason}`);
}
