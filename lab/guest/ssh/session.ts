/** One session channel: a command with its streams, or a shell. */
import type { ServerChannel, Session } from 'ssh2';
import type { Faults, FaultStage } from '../../faults.js';
import type { Account } from '../disk/accounts.js';
import { runShell } from '../shell/run-shell.js';
import type { GuestSystem } from '../system.js';
import { serveInteractiveShell } from './interactive-shell.js';
import { readsStandardInput } from './standard-input.js';

export interface SessionContext {
  readonly account: Account;
  readonly system: GuestSystem;
  readonly faults: Faults;
  /** Cuts the connection without a goodbye, as when the link breaks. */
  readonly drop: () => void;
}

/** AcceptEnv of Ubuntu's sshd_config. */
const ACCEPTED_VARIABLES = /^(LANG|LC_\w+|COLORTERM|NO_COLOR)$/;
const MOST_INPUT_BYTES = 64 * 1024 * 1024;

export function serveSession(session: Session, context: SessionContext): void {
  const env: Record<string, string> = {};
  const stop = new AbortController();
  const { power } = context.system;
  const onPowerGone = (): void => stop.abort();
  power.addEventListener('abort', onPowerGone, { once: true });
  let hasTerminal = false;
  let opened: ServerChannel | undefined;

  session.on('env', (accept, reject, info) => {
    if (!ACCEPTED_VARIABLES.test(info.key)) return reject?.();
    env[info.key] = info.val;
    accept?.();
  });
  session.on('pty', (accept, _reject, info) => {
    hasTerminal = true;
    env['TERM'] = (info as { term?: string }).term ?? 'xterm';
    accept?.();
  });
  session.on('window-change', (accept) => accept?.());
  session.on('signal', (accept, _reject, { name }) => {
    stop.abort();
    accept?.();
    opened?.exit(name, false, '');
    opened?.end();
  });
  session.on('close', () => {
    power.removeEventListener('abort', onPowerGone);
    stop.abort();
  });
  session.on('exec', (accept, _reject, { command }) => {
    const channel = accept();
    opened = channel;
    channel.on('error', () => stop.abort());
    channel.on('close', () => stop.abort());
    void execute(channel, command, { ...context, env, hasTerminal, signal: stop.signal }).catch(() =>
      channel.destroy(),
    );
  });
  session.on('shell', (accept) => {
    const channel = accept();
    channel.on('error', () => stop.abort());
    channel.on('close', () => stop.abort());
    serveInteractiveShell(channel, { ...context, env, hasTerminal, signal: stop.signal });
  });
}

interface Execution extends SessionContext {
  readonly env: Readonly<Record<string, string>>;
  readonly hasTerminal: boolean;
  readonly signal: AbortSignal;
}

async function execute(channel: ServerChannel, command: string, execution: Execution): Promise<void> {
  const { system, account, env, hasTerminal, signal } = execution;
  // A person at a terminal never ends the input: it is waited for only where somebody reads it.
  const isRead = !hasTerminal && readsStandardInput(command);
  const stdin = isRead ? await readAll(channel, signal) : Buffer.alloc(0);
  if (!isRead) channel.resume();
  if (signal.aborted) return;
  if (await isDiverted(channel, 'before', command, execution)) return;
  await system.latency.wait('guest.command', system.machine.name, signal);
  const variables = { SHELL: account.shell, SSH_CONNECTION: '127.0.0.1 0 127.0.0.1 22', ...env };
  const result = await runShell(system, { account, script: command, env: variables, stdin, signal });
  if (signal.aborted) return;
  if (await isDiverted(channel, 'after', command, execution)) return;
  finish(channel, result);
}

function finish(
  channel: ServerChannel,
  result: { code: number; stdout: Uint8Array; stderr: Uint8Array },
): void {
  if (result.stdout.length > 0) channel.write(result.stdout);
  if (result.stderr.length > 0) channel.stderr.write(result.stderr);
  channel.exit(result.code);
  channel.end();
}

/** @returns whether a fault of the lab has taken the command's place. */
async function isDiverted(
  channel: ServerChannel,
  stage: FaultStage,
  command: string,
  { faults, system, drop, signal }: Execution,
): Promise<boolean> {
  const effect = await faults.at('ssh', stage, `${system.machine.name}: ${command}`);
  if (signal.aborted) return true;
  if (effect === undefined) return false;
  if (effect.kind === 'drop') drop();
  else
    finish(channel, {
      code: effect.status,
      stdout: Buffer.alloc(0),
      stderr: Buffer.from(`${effect.message}\n`),
    });
  return true;
}

function readAll(channel: ServerChannel, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const done = (): void => resolve(Buffer.concat(chunks));
    channel.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_INPUT_BYTES) channel.destroy();
      else chunks.push(chunk);
    });
    channel.on('end', done);
    channel.on('close', done);
    signal.addEventListener('abort', done, { once: true });
  });
}
