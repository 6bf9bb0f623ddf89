/** Runs a script on a guest: just-bash interprets it over the guest's own files, and no command of the host runs. */
import {
  Bash,
  defineCommand,
  latin1FromBytes,
  stdoutAsBytes,
  type Command,
  type CommandName,
  type ExecResult,
} from 'just-bash';
import { GUEST_COMMANDS, PACKAGED_COMMANDS } from '../commands/guest-commands.js';
import type { Account } from '../disk/accounts.js';
import { FileSystemError } from '../disk/file-system-error.js';
import { isThere } from '../disk/root-files.js';
import { UserFiles } from '../disk/user-files.js';
import type { GuestSystem, ServiceLink } from '../system.js';
import { UsageError, type CommandCall, type GuestCommand, type Outcome } from './guest-command.js';
import { plainAssignments } from './plain-assignments.js';

export interface ShellRequest {
  readonly account: Account;
  readonly script: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: Uint8Array;
  readonly umask?: number;
  readonly signal: AbortSignal;
  readonly service?: ServiceLink | undefined;
}

export interface ShellResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Variables at the end; empty when the script was cut off. */
  readonly env: Readonly<Record<string, string>>;
}

/** What of just-bash's own commands an Ubuntu server has. The others, such as its SQLite, are left out. */
const SHELL_COMMANDS: readonly CommandName[] = [
  ...([
    'awk',
    'base64',
    'basename',
    'cat',
    'chmod',
    'clear',
    'column',
    'comm',
    'cp',
    'cut',
    'date',
    'diff',
  ] as const),
  ...([
    'dirname',
    'du',
    'echo',
    'egrep',
    'env',
    'expand',
    'expr',
    'false',
    'fgrep',
    'file',
    'find',
    'fold',
  ] as const),
  ...([
    'grep',
    'gunzip',
    'gzip',
    'head',
    'join',
    'jq',
    'ln',
    'ls',
    'md5sum',
    'mkdir',
    'mv',
    'nl',
    'od',
  ] as const),
  ...([
    'paste',
    'printenv',
    'printf',
    'pwd',
    'readlink',
    'rev',
    'rm',
    'rmdir',
    'sed',
    'seq',
    'sha1sum',
  ] as const),
  ...([
    'sha256sum',
    'sleep',
    'sort',
    'split',
    'stat',
    'tac',
    'tail',
    'tar',
    'tee',
    'time',
    'timeout',
  ] as const),
  ...(['touch', 'tr', 'tree', 'true', 'unexpand', 'uniq', 'wc', 'which', 'xargs', 'zcat'] as const),
];

/** In the image from the start; the rest of {@link SHELL_COMMANDS} comes with packages. */
const PACKAGED: readonly CommandName[] = ['jq', 'tree'];

/** What an image has; asked for late, as some of the commands run shells themselves. */
export function imageCommands(): readonly string[] {
  return [
    ...SHELL_COMMANDS.filter((name) => !PACKAGED.includes(name)),
    ...GUEST_COMMANDS.filter((command) => !PACKAGED_COMMANDS.includes(command)).map(({ name }) => name),
  ];
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const DEFAULT_UMASK = 0o022;
const COMMAND_FAILED_TO_OPEN = 2;

/** A service runs for as long as the machine does: the longest time that a timer can be set to. */
const NO_TIME_LIMIT_MS = 2_147_483_647;

/** Never throws for what the script does. An aborted script ends within a moment, with code 124. */
export async function runShell(system: GuestSystem, request: ShellRequest): Promise<ShellResult> {
  const { account, signal, cwd = account.home } = request;
  const files = new UserFiles(system.disk, account);
  files.umask = request.umask ?? DEFAULT_UMASK;
  // just-bash says of all commands that it knows that they are there: it gets to know these when they are.
  const missing = new Set(PACKAGED_COMMANDS);
  const registerInstalled = (): void => {
    for (const command of missing) {
      if (!isThere(system.disk, `/usr/bin/${command.name}`)) continue;
      missing.delete(command);
      bash.registerCommand(bashCommand(command, shell));
    }
  };
  const shell: Shell = { system, account, files, signal, service: request.service, registerInstalled };
  const bash = new Bash({
    fs: files,
    cwd: (await files.exists(cwd)) ? cwd : '/',
    env: {
      PATH: DEFAULT_PATH,
      HOME: account.home,
      USER: account.name,
      LOGNAME: account.name,
      ...request.env,
    },
    commands: [...SHELL_COMMANDS],
    customCommands: GUEST_COMMANDS.filter((command) => !PACKAGED_COMMANDS.includes(command)).map((command) =>
      bashCommand(command, shell),
    ),
    processInfo: { pid: 1_000, ppid: 1, uid: account.uid, gid: account.gid },
    executionLimits: { maxExecutionTimeMs: NO_TIME_LIMIT_MS },
    sleep: (ms) => system.pause(ms, signal).catch(() => undefined),
    // Its guard patches globals of this process for as long as a script runs, and services run always. The commands
    // that are let in above touch nothing but the guest's files.
    defenseInDepth: false,
  });
  bash.registerTransformPlugin(plainAssignments);
  registerInstalled();
  try {
    const result = await bash.exec(request.script, {
      rawScript: true,
      stdin: Buffer.from(request.stdin ?? []).toString('latin1'),
      stdinKind: 'bytes',
      signal,
    });
    return {
      code: result.exitCode,
      stdout: stdoutOf(result),
      stderr: Buffer.from(result.stderr),
      env: result.env,
    };
  } catch (error) {
    return { ...cutOff(error), env: {} };
  }
}

function stdoutOf(result: ExecResult): Buffer {
  return Buffer.from(latin1FromBytes(stdoutAsBytes(result)), 'latin1');
}

/** A redirection to a file that may not be written ends just-bash's whole script, not its one command. */
function cutOff(error: unknown): { code: number; stdout: Buffer; stderr: Buffer } {
  const text = error instanceof FileSystemError ? openFailure(error) : `sh: ${(error as Error).message}`;
  return { code: COMMAND_FAILED_TO_OPEN, stdout: Buffer.alloc(0), stderr: Buffer.from(`${text}\n`) };
}

function openFailure(error: FileSystemError): string {
  const [, path = ''] = /'(.*)'$/.exec(error.message) ?? [];
  return `sh: cannot create ${path}: ${error.code === 'EACCES' ? 'Permission denied' : error.message}`;
}

interface Shell extends Pick<CommandCall, 'system' | 'account' | 'files' | 'signal' | 'service'> {
  /** What a command has installed can be run by the next one. */
  readonly registerInstalled: () => void;
}

function bashCommand(command: GuestCommand, shell: Shell): Command {
  return defineCommand(command.name, async (args, context) => {
    const env = { ...context.exportedEnv };
    const stdin = Buffer.from(latin1FromBytes(context.stdin), 'latin1');
    const signal = context.signal ?? shell.signal;
    const call: CommandCall = {
      ...shell,
      cwd: context.cwd,
      env,
      stdin,
      signal,
      path: (path) => shell.files.resolvePath(context.cwd, path),
      original: async (words) => {
        const result = await context.origCommand?.([...words]);
        if (result === undefined) return { code: 126 };
        return { code: result.exitCode, stdout: stdoutOf(result), stderr: result.stderr };
      },
      script: async (text, options = {}) => {
        const { umask } = shell.files;
        try {
          const input = Buffer.from(options.stdin ?? []).toString('latin1');
          const how = { cwd: context.cwd, env, replaceEnv: true, stdin: input, stdinKind: 'bytes' } as const;
          const result = await context.exec?.(text, { ...how, signal });
          if (result === undefined) return { code: 126 };
          return { code: result.exitCode, stdout: stdoutOf(result), stderr: result.stderr };
        } catch (error) {
          if (!(error instanceof FileSystemError)) throw error;
          const { code, stderr } = cutOff(error);
          return { code, stderr: stderr.toString() };
        } finally {
          // A child has an umask of its own.
          shell.files.umask = umask;
        }
      },
      scriptAs: (account, script, variables) => {
        const { service, system, files } = shell;
        const how = { cwd: context.cwd, stdin, signal, service, umask: files.umask };
        return runShell(system, { ...how, account, script, env: variables });
      },
    };
    const outcome = await outcomeOf(command, args, call);
    shell.registerInstalled();
    return execResult(outcome);
  });
}

async function outcomeOf(
  command: GuestCommand,
  args: readonly string[],
  call: CommandCall,
): Promise<Outcome> {
  const { faults, machine } = call.system;
  const subject = `${machine.name}: ${[command.name, ...args].join(' ')}`;
  try {
    await faults.at('program', 'before', subject);
    call.signal.throwIfAborted();
    const outcome = await command.run(args, call);
    await faults.at('program', 'after', subject);
    return outcome;
  } catch (error) {
    if (error instanceof UsageError) {
      return { code: command.usageCode ?? 1, stderr: `${command.name}: ${error.message}\n` };
    }
    if (error instanceof FileSystemError) return { code: 1, stderr: `${command.name}: ${error.message}\n` };
    if (call.signal.aborted) return { code: 124 };
    throw error;
  }
}

function execResult({ code, stdout = '', stderr = '' }: Outcome): ExecResult {
  const text = Buffer.from(stderr).toString();
  return typeof stdout === 'string'
    ? { stdout, stderr: text, exitCode: code, stdoutKind: 'text' }
    : { stdout: Buffer.from(stdout).toString('latin1'), stderr: text, exitCode: code, stdoutKind: 'bytes' };
}
