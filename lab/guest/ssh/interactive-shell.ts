/** A shell for a person: one line at a time, with the little editing that a terminal needs. */
import type { ServerChannel } from 'ssh2';
import type { Account } from '../disk/accounts.js';
import { readText } from '../disk/root-files.js';
import { runShell } from '../shell/run-shell.js';
import type { GuestSystem } from '../system.js';

export interface ShellSession {
  readonly account: Account;
  readonly system: GuestSystem;
  readonly env: Readonly<Record<string, string>>;
  readonly hasTerminal: boolean;
  readonly signal: AbortSignal;
}

const CTRL_C = '\x03';
const CTRL_D = '\x04';
const BACKSPACES = ['\x7f', '\b'];
const ERASE = '\b \b';
const CONTROL_SEQUENCE = new RegExp(`${String.fromCodePoint(27)}\\[[0-9;]*[A-Za-z~]`, 'g');
const LONGEST_LINE = 16_384;

export function serveInteractiveShell(channel: ServerChannel, session: ShellSession): void {
  const shell = new InteractiveShell(channel, session);
  shell.greet();
  channel.setEncoding('utf8');
  channel.on('data', (text: string) => shell.type(text));
  channel.on('end', () => shell.endOfInput());
}

class InteractiveShell {
  private readonly channel: ServerChannel;
  private readonly session: ShellSession;
  private line = '';
  private env: Readonly<Record<string, string>>;
  private cwd: string;
  private code = 0;
  private isOver = false;
  private queue: Promise<void> = Promise.resolve();
  private running: AbortController | undefined;

  constructor(channel: ServerChannel, session: ShellSession) {
    this.channel = channel;
    this.session = session;
    this.env = { SHELL: session.account.shell, ...session.env };
    this.cwd = session.account.home;
  }

  greet(): void {
    const version = /PRETTY_NAME="(.*)"/.exec(
      readText(this.session.system.disk, '/etc/os-release') ?? '',
    )?.[1];
    if (this.session.hasTerminal) this.print(`Welcome to ${version} (simulated)\n\n`);
    this.prompt();
  }

  type(text: string): void {
    // Control sequences of arrow keys and the like have no meaning here.
    const plain = text.replaceAll(CONTROL_SEQUENCE, '').replaceAll('\r\n', '\n');
    for (const character of plain) this.key(character);
  }

  endOfInput(): void {
    this.enqueue(async () => this.leave());
  }

  private key(character: string): void {
    if (character === '\r' || character === '\n') {
      this.echo('\n');
      const { line } = this;
      this.line = '';
      this.enqueue(() => this.run(line));
    } else if (character === CTRL_C) {
      this.running?.abort();
      this.line = '';
      this.echo('^C\n');
      if (this.running === undefined) this.prompt();
    } else if (character === CTRL_D) {
      if (this.line === '') this.endOfInput();
    } else if (BACKSPACES.includes(character)) {
      if (this.line !== '') this.echo(ERASE);
      this.line = this.line.slice(0, -1);
    } else if (this.line.length < LONGEST_LINE && (character >= ' ' || character === '\t')) {
      this.line += character;
      this.echo(character);
    }
  }

  private enqueue(job: () => Promise<void>): void {
    this.queue = this.queue.then(job, job).catch(() => this.leave());
  }

  private async run(line: string): Promise<void> {
    if (this.isOver) return;
    const { account, system, signal } = this.session;
    const [word, code] = line.trim().split(/\s+/);
    if (word === 'exit' || word === 'logout') {
      if (code !== undefined) this.code = Number(code) || 0;
      return this.leave();
    }
    if (line.trim() !== '') {
      const running = new AbortController();
      this.running = running;
      const both = AbortSignal.any([signal, running.signal]);
      const result = await runShell(system, {
        account,
        script: line,
        env: this.env,
        cwd: this.cwd,
        signal: both,
      });
      this.running = undefined;
      this.code = result.code;
      if (result.env['PWD'] !== undefined) {
        this.env = result.env;
        this.cwd = result.env['PWD'];
      }
      this.print(result.stdout.toString());
      this.print(result.stderr.toString());
    }
    this.prompt();
  }

  private async leave(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    this.channel.exit(this.code);
    this.channel.end();
  }

  private prompt(): void {
    if (!this.session.hasTerminal || this.isOver) return;
    const { account, system } = this.session;
    const host = (readText(system.disk, '/etc/hostname') ?? '').trim();
    const at = this.cwd === account.home ? '~' : this.cwd;
    this.print(`${account.name}@${host}:${at}${account.uid === 0 ? '#' : '$'} `);
  }

  private echo(text: string): void {
    if (this.session.hasTerminal) this.print(text);
  }

  private print(text: string): void {
    if (!this.channel.writable) return;
    this.channel.write(this.session.hasTerminal ? text.replaceAll('\n', '\r\n') : text);
  }
}
