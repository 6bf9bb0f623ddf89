/** A machine made of a folder: commands run in a real POSIX shell, and whatever is absolute lies under the folder. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onCleanup, type Received, type Reply } from './ssh-server.js';

export class ShellGuest {
  readonly root = mkdtempSync(join(tmpdir(), 'clusterwright-guest-'));
  private readonly tools = join(this.root, 'tools');

  constructor() {
    onCleanup(() => rmSync(this.root, { recursive: true, force: true }));
    this.tool('sudo', 'shift\nexec "$@"');
    // Without the owner, which only root can set.
    this.tool('install', 'exec /usr/bin/install -m "$2" "$7" "$8"');
  }

  path(absolute: string): string {
    return join(this.root, absolute);
  }

  read(absolute: string): string {
    return readFileSync(this.path(absolute), 'utf8');
  }

  mode(absolute: string): string {
    return (statSync(this.path(absolute)).mode & 0o777).toString(8);
  }

  has(absolute: string): boolean {
    return existsSync(this.path(absolute));
  }

  write(absolute: string, content: string): void {
    mkdirSync(dirname(this.path(absolute)), { recursive: true });
    writeFileSync(this.path(absolute), content);
  }

  readonly answer = ({ command, stdin }: Pick<Received, 'command' | 'stdin'>): Promise<Reply> =>
    new Promise((resolve) => {
      const moved = (text: string): string => text.replaceAll(/\/(etc|var)\//g, `${this.root}/$1/`);
      const shell = spawn('/bin/sh', ['-c', moved(command)], {
        env: { PATH: `${this.tools}:/usr/bin:/bin` },
        cwd: this.root,
      });
      const output = { stdout: '', stderr: '' };
      shell.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
      shell.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
      shell.on('error', (error) => resolve({ code: 255, stderr: error.message }));
      shell.stdin.on('error', () => undefined);
      shell.stdin.end(command.includes(' sh -s') ? moved(stdin) : stdin);
      shell.on('close', (code) => resolve({ code: code ?? 255, ...output }));
    });

  private tool(name: string, script: string): void {
    mkdirSync(this.tools, { recursive: true });
    writeFileSync(join(this.tools, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
}
