/** A host of the deep lab: namespaces for its network, mounts and processes, and a disk of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Doorway } from './network-doorway.js';

/**
 * Its first process ends with its standard input, and so when the tests do, however they end. With it all others, their
 * mounts, interfaces and bridges go: nothing is ever left on this machine.
 */
const BOOT = String.raw`
set -eu
root=$1 work=$2
mount -t tmpfs tmpfs "$work"
mkdir "$work/upper" "$work/work" "$work/root"
mount -t overlay overlay -o "lowerdir=$root,upperdir=$work/upper,workdir=$work/work" "$work/root"
cd "$work/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
ip link set lo up
echo up
exec chroot . cat
`;
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

export interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Host {
  /** Of its first process. */
  readonly pid: number;
  private readonly keeper: ChildProcess;
  private readonly folder: string;
  private door: Doorway | undefined;

  private constructor(keeper: ChildProcess, pid: number, folder: string) {
    this.keeper = keeper;
    this.pid = pid;
    this.folder = folder;
  }

  /** @param root the disk that it starts with; what it writes is its own. */
  static async start(root: string): Promise<Host> {
    const folder = await mkdtemp(join(tmpdir(), 'clusterwright-host-'));
    const spaces = ['--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child'];
    const keeper = spawn('unshare', [...spaces, 'sh', '-c', BOOT, 'sh', root, folder]);
    const said = await Promise.race([once(keeper.stdout, 'data'), once(keeper.stderr, 'data')]);
    if (String(said[0]).trim() !== 'up') throw new Error(`a host does not come up: ${said[0]}`);
    const children = await readFile(`/proc/${keeper.pid}/task/${keeper.pid}/children`, 'utf8');
    return new Host(keeper, Number(children.trim()), folder);
  }

  /** Starts a program on the host's disk and in its network. It ends with the host at the latest. */
  spawn(program: string, ...args: readonly string[]): ChildProcess {
    const target = [
      '-t',
      String(this.pid),
      '--net',
      '--mount',
      '--pid',
      '--uts',
      '--ipc',
      '--root',
      '--wd=/',
    ];
    return spawn('nsenter', [...target, '--', program, ...args], { env: ENVIRONMENT });
  }

  async run(program: string, ...args: readonly string[]): Promise<Output> {
    const child = this.spawn(program, ...args);
    child.stdin?.end();
    return collect(child);
  }

  /** Runs a script that must succeed. @returns what it prints. */
  async sh(script: string, stdin = ''): Promise<string> {
    const child = this.spawn('sh', '-euc', script);
    child.stdin?.end(stdin);
    const { code, stdout, stderr } = await collect(child);
    if (code !== 0) throw new Error(`${script}\nended with ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Lets the host read and run a file of this machine. @param path where it finds it, in a folder that is there. */
  async show(file: string, path: string): Promise<void> {
    await this.sh(`test -e '${path}' || : > '${path}'`);
    const target = join(this.folder, 'root', path);
    const mount = ['mount', '--bind', '-o', 'ro', file, target];
    const { code, stderr } = await collect(spawn('nsenter', ['-t', String(this.pid), '--mount', ...mount]));
    if (code !== 0) throw new Error(`${file} is not shown: ${stderr}`);
  }

  /** Changes the host's network by this machine's own `ip`, which can name the other hosts. */
  async ip(...args: readonly string[]): Promise<void> {
    const { code, stderr } = await collect(
      spawn('nsenter', ['-t', String(this.pid), '--net', 'ip', ...args]),
    );
    if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
  }

  /** The way into the host's network for this process. */
  doorway(): Doorway {
    this.door ??= new Doorway(this.pid);
    return this.door;
  }

  async stop(): Promise<void> {
    this.door?.close();
    const gone = once(this.keeper, 'exit');
    this.keeper.kill('SIGKILL');
    await gone;
    await rmdir(this.folder);
  }
}

/** Waits until the program has written the text. */
export async function untilSays(child: ChildProcess, text: string): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      if (said.includes(text)) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) =>
      reject(new Error(`it ended with ${code} and never said "${text}": ${said}`)),
    );
  });
}

async function collect(child: ChildProcess): Promise<Output> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  // A program that does not read what it is given.
  child.stdin?.on('error', () => undefined);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
