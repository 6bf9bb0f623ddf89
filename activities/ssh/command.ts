/** One command over an SSH connection: it ends with an exit code, or its outcome is not known. */
import type { Client, ClientChannel } from 'ssh2';
import { fail } from '../../domain/errors.js';
import { OutputTail } from './output-tail.js';

export interface CommandOptions {
  /** What the command reads; without it, it reads the end of file at once. */
  readonly stdin?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Of each output only this many bytes are kept, the last ones. */
  readonly outputLimitBytes?: number;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether the beginning of `stdout` was cut off. */
  readonly isTruncated: boolean;
}

const OUTPUT_LIMIT_BYTES = 64 * 1024;

/**
 * Runs the command in the user's login shell. Secrets belong into `stdin`: every user of the machine can read a command
 * line.
 * @throws `SSH_UNREACHABLE` when the command was certainly not started.
 * @throws `SSH_OUTCOME_UNKNOWN` when the connection broke, the time was up or a signal ended the command.
 * @throws the reason of `signal` when that was aborted.
 */
export function runCommand(client: Client, command: string, options: CommandOptions): Promise<CommandResult> {
  const { timeoutMs, signal, stdin, outputLimitBytes = OUTPUT_LIMIT_BYTES } = options;
  const stdout = new OutputTail(outputLimitBytes);
  const stderr = new OutputTail(outputLimitBytes);

  return new Promise((resolve, reject) => {
    let channel: ClientChannel | undefined;
    let isOver = false;

    const end = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      client.removeListener('close', onLost);
      channel?.close();
      settle();
    };
    const giveUp = (detail: string): void => end(() => reject(fail('SSH_OUTCOME_UNKNOWN', detail)));
    const onAbort = (): void => end(() => reject(signal.reason as Error));
    const onLost = (): void => giveUp('the connection was lost while a command ran');
    const timer = setTimeout(
      () => giveUp(`a command was still running after ${timeoutMs / 1_000} s`),
      timeoutMs,
    );
    signal.addEventListener('abort', onAbort);
    client.on('close', onLost);
    if (signal.aborted) return onAbort();

    const onOpen = (opened: ClientChannel): void => {
      channel = opened;
      if (isOver) {
        opened.close();
        return;
      }
      let exit: { code: number | null; signal: string | undefined } = { code: null, signal: undefined };
      opened.on('exit', (code: number | null, name?: string) => {
        exit = { code, signal: name };
      });
      opened.on('data', (chunk: Buffer) => stdout.append(chunk));
      opened.stderr.on('data', (chunk: Buffer) => stderr.append(chunk));
      // Writing to a command that has ended already is no error: it need not read all of its input.
      opened.on('error', () => undefined);
      opened.on('close', () => {
        const { code } = exit;
        if (code === null) {
          return giveUp(
            exit.signal === undefined
              ? 'the connection was lost while a command ran'
              : `a command was ended by the signal ${exit.signal}`,
          );
        }
        end(() =>
          resolve({ code, stdout: stdout.text(), stderr: stderr.text(), isTruncated: stdout.isTruncated }),
        );
      });
      opened.end(stdin);
    };

    try {
      client.exec(command, (error, opened) => {
        if (error === undefined) onOpen(opened);
        else if (isRefusedChannel(error)) end(() => reject(notStarted(error)));
        else giveUp(`a command may or may not have been started: ${error.message}`);
      });
    } catch (error) {
      end(() => reject(notStarted(error)));
    }
  });
}

/** The server answered that it opens no (further) channel (RFC 4254, 5.1): `reason` is its code. */
function isRefusedChannel(error: Error): boolean {
  return 'reason' in error;
}

function notStarted(cause: unknown) {
  const message = cause instanceof Error ? cause.message : String(cause);
  return fail('SSH_UNREACHABLE', `a command could not be started: ${message}`, { cause });
}
