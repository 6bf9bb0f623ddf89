/** A program of a guest: arguments, environment and standard input in, output and exit code out. */
import type { Account } from '../disk/accounts.js';
import type { UserFiles } from '../disk/user-files.js';
import type { GuestSystem, ServiceLink } from '../system.js';

export interface GuestCommand {
  readonly name: string;
  /** What wrong options end with. 1 unless the real program has another one. */
  readonly usageCode?: number;
  run(args: readonly string[], call: CommandCall): Outcome | Promise<Outcome>;
}

export interface Outcome {
  readonly code: number;
  readonly stdout?: string | Uint8Array;
  readonly stderr?: string | Uint8Array;
}

export interface CommandCall {
  readonly system: GuestSystem;
  readonly account: Account;
  /** The disk with the permissions of the account. */
  readonly files: UserFiles;
  readonly cwd: string;
  /** Exported variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: Uint8Array;
  readonly signal: AbortSignal;
  /** Only in the main program of a service. */
  readonly service: ServiceLink | undefined;
  /** Absolute form of a path. */
  readonly path: (path: string) => string;
  /** Runs just-bash's own command of this name, with the standard input of this one. */
  original(args: readonly string[]): Promise<Outcome>;
  /** Runs a script in a child shell of the same user. */
  script(text: string, options?: { readonly stdin?: Uint8Array }): Promise<Outcome>;
  /** Runs a script in a shell of another user, with these variables and no others. */
  scriptAs(account: Account, text: string, env: Readonly<Record<string, string>>): Promise<Outcome>;
}

export function succeed(stdout: string | Uint8Array = ''): Outcome {
  return { code: 0, stdout };
}

/** @param message goes to standard error, as it is, with a line end. */
export function failWith(code: number, message: string): Outcome {
  return { code, stderr: message === '' ? '' : `${message}\n` };
}

/** Wrong options; the shell prints it with the command's name in front. */
export class UsageError extends Error {}
