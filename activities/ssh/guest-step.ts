/** Carries out one step on a machine: observe, act, verify. */
import { posix } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../../domain/errors.js';
import type { GuestStep } from '../../domain/guest-step.js';
import type { CommandOptions, CommandResult } from './command.js';
import type { SshConnection } from './connection.js';
import { comparisonOf, outdatedOf, writeFile, type ResolvedFile } from './guest-file.js';
import { redactorFor, resolveFile, type ClusterSecrets } from './guest-secrets.js';
import { lastLines } from './redaction.js';
import { asStdin, quote, ROOT_SHELL } from './root-shell.js';

export interface StepContext {
  readonly connection: Omit<SshConnection, 'stream'>;
  readonly secrets: ClusterSecrets;
  readonly signal: AbortSignal;
  /** Hears why the effect is not there yet, each time that it was looked for. */
  readonly say?: (reason: string) => void;
  readonly verifyPauseMs?: number;
}

const VERIFY_PAUSE_MS = 500;
const SHORT_COMMAND_TIMEOUT_MS = 60_000;
/** Not shortened to the time that is left: the last check shall say what is wrong, and not be cut off. */
const VERIFY_TIMEOUT_MS = 30_000;
const DETAIL = { lines: 20, characters: 2_000 };
/** OpenSSH lets ten sessions go on at once over one connection (`MaxSessions`). */
const FILES_AT_ONCE = 5;
const PENDING_FOLDER = '/var/lib/clusterwright/pending';

/**
 * Makes the step's effect true and sure. Safe to repeat at any point: a file is written only when it differs, and a
 * note on the machine's disk says that `act` has not run to its end since a file was written.
 * @returns whether anything was done.
 * @throws `COMMAND_FAILED` with the end of what `act` printed, `STEP_NOT_VERIFIED` with what `verify` printed,
 *   `SECRET_UNREADABLE`, and what {@link SshConnection.run} throws. No text of an error holds a secret.
 */
export async function runStep(step: GuestStep, context: StepContext): Promise<{ changed: boolean }> {
  const machine = new StepRun(step, context);
  const files = step.files.map((file) => resolveFile(file, context.secrets));
  const { outdated, isDone } = await machine.observe(files);
  if (isDone) return { changed: false };
  if (outdated.length > 0) {
    await machine.prepare(outdated);
    await machine.write(outdated);
  }
  await machine.act();
  await machine.verify();
  return { changed: outdated.length > 0 || step.act !== null };
}

class StepRun {
  private readonly step: GuestStep;
  private readonly context: StepContext;
  private readonly deadline: number;
  private readonly redact: (text: string) => string;
  private readonly pendingNote: string;

  constructor(step: GuestStep, context: StepContext) {
    this.step = step;
    this.context = context;
    this.deadline = performance.now() + step.timeoutSeconds * 1_000;
    this.redact = redactorFor(context.secrets);
    this.pendingNote = quote(`${PENDING_FOLDER}/${encodeURIComponent(step.id)}`);
  }

  /** Asks for all at once: over a slow link each question takes as long as its answer. */
  async observe(files: readonly ResolvedFile[]): Promise<{ outdated: ResolvedFile[]; isDone: boolean }> {
    const { observe } = this.step;
    if (files.length === 0 && observe === null) return { outdated: [], isDone: false };
    const script = [
      comparisonOf(files),
      `if test $differs = yes || test -e ${this.pendingNote}; then exit 1; fi`,
      observe ?? 'exit 1',
    ].join('\n');
    const { code, stdout } = await this.runAsRoot(script, SHORT_COMMAND_TIMEOUT_MS);
    return { outdated: outdatedOf(files, stdout), isDone: code === 0 };
  }

  /**
   * Notes that files are about to be written: without it a crash between that and acting on them would look like a step
   * that is done. The folders are made here, once, so that files that are written side by side do not both make them.
   */
  async prepare(files: readonly ResolvedFile[]): Promise<void> {
    const folders = new Set([PENDING_FOLDER, ...files.map(({ path }) => posix.dirname(path))]);
    const script = `mkdir -p ${[...folders].map(quote).join(' ')}\nprintf '' > ${this.pendingNote}`;
    this.expectSuccess(await this.runAsRoot(script, SHORT_COMMAND_TIMEOUT_MS), 'the preparation');
  }

  async write(files: readonly ResolvedFile[]): Promise<void> {
    for (let first = 0; first < files.length; first += FILES_AT_ONCE) {
      await Promise.all(files.slice(first, first + FILES_AT_ONCE).map((file) => this.writeOne(file)));
    }
  }

  private async writeOne(file: ResolvedFile): Promise<void> {
    const result = await writeFile(this.context.connection, file, this.within(SHORT_COMMAND_TIMEOUT_MS));
    this.expectSuccess(result, `writing ${file.path}`);
  }

  async act(): Promise<void> {
    const script = `${this.step.act ?? ''}\nrm -f ${this.pendingNote}`;
    this.expectSuccess(await this.runAsRoot(script, this.remainingMs()), 'the command');
  }

  async verify(): Promise<void> {
    const { signal, say, verifyPauseMs = VERIFY_PAUSE_MS } = this.context;
    for (;;) {
      const result = await this.runAsRoot(this.step.verify, VERIFY_TIMEOUT_MS);
      if (result.code === 0) return;
      say?.(`the check ends with ${this.describe(result)}`);
      if (this.remainingMs() < verifyPauseMs) {
        throw fail(
          'STEP_NOT_VERIFIED',
          `step "${this.step.id}" could not be verified within ${this.step.timeoutSeconds} s; ` +
            `the check ends with ${this.describe(result)}`,
        );
      }
      await pause(verifyPauseMs, signal);
    }
  }

  private runAsRoot(script: string, timeoutMs: number): Promise<CommandResult> {
    return this.context.connection.run(ROOT_SHELL, { ...this.within(timeoutMs), stdin: asStdin(script) });
  }

  private within(timeoutMs: number): CommandOptions {
    return { timeoutMs, signal: this.context.signal };
  }

  private remainingMs(): number {
    return Math.max(0, this.deadline - performance.now());
  }

  private expectSuccess(result: CommandResult, what: string): void {
    if (result.code === 0) return;
    throw fail('COMMAND_FAILED', `step "${this.step.id}": ${what} ended with ${this.describe(result)}`);
  }

  private describe({ code, stdout, stderr }: CommandResult): string {
    // Redacted before it is cut, or the end of a secret would pass.
    const output = lastLines(this.redact(stderr.trim() === '' ? stdout : stderr), DETAIL);
    return output === '' ? `exit code ${code} and no output` : `exit code ${code}: ${output}`;
  }
}

/** @throws the reason of `signal` when that was aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw signal.reason;
  }
}
