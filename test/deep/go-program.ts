/** Programs of others that are built from their published Go modules: once, and kept beside what else is fetched. */
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe } from '@jest/globals';
import { cacheFolder, projectFile } from '../../lab/binaries/folders.js';

const run = promisify(execFile);

export interface GoProgram {
  /** Folder beside this file that has the `go.mod`. */
  readonly module: 'ignition' | 'kubernetes' | 's3' | 'talos';
  /** Import path of the package; `.` is the module's own. */
  readonly package: string;
  readonly linkerFlags: string;
}

/** Says of files of Ignition what the real one says of them: https://coreos.github.io/ignition/ */
export const IGNITION_VALIDATE: GoProgram = {
  module: 'ignition',
  package: 'github.com/coreos/ignition/v2/validate',
  linkerFlags: '-s -w',
};

export const TALOS_VALIDATE: GoProgram = { module: 'talos', package: '.', linkerFlags: '-s -w' };

/** A server that speaks S3, over a folder: https://github.com/versity/versitygw */
export const VERSITYGW: GoProgram = {
  module: 's3',
  package: 'github.com/versity/versitygw/cmd/versitygw',
  linkerFlags: '-s -w',
};

export const KUBERNETES_VERSION = 'v1.36.3';

/** Without its version an API server and kubeadm call themselves development builds, and refuse releases. */
const VERSION_VARIABLES = {
  gitVersion: KUBERNETES_VERSION,
  gitMajor: '1',
  gitMinor: '36',
  gitTreeState: 'clean',
} as const;

/**
 * etcd and etcdutl, kube-apiserver, kube-controller-manager, kube-scheduler, kubeadm, kwok, and a stand-in for a server
 * of K3s.
 */
export const KUBERNETES: GoProgram = {
  module: 'kubernetes',
  package: '.',
  linkerFlags: [
    ...['-s', '-w'],
    ...Object.entries(VERSION_VARIABLES).map(
      ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
    ),
  ].join(' '),
};

/** Enough for the largest of them on one busy core. */
export const BUILD_TIMEOUT_MS = 3_600_000;

/** A program is there whole or not at all, and checkouts share the cache. */
const BUILD = String.raw`
set -eu
target=$1
shift
test ! -e "$target" || exit 0
nice -n 19 go build -trimpath -o "$target.part" "$@"
mv "$target.part" "$target"
`;

/** Its own toolchain, or none: what another version of Go would build is another program. */
const ENVIRONMENT = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '' };

/** @returns the program's path; it needs nothing else of this machine. The first time takes minutes. */
export async function goProgram(program: GoProgram): Promise<string> {
  const { module, package: path, linkerFlags } = program;
  const folder = join(cacheFolder(), 'go');
  const target = join(folder, `${module}-${keyOf(program)}`);
  if (existsSync(target)) return target;
  await mkdir(folder, { recursive: true });
  const begin = Date.now();
  const build = ['-ldflags', linkerFlags, path];
  await run('flock', [`${target}.lock`, 'sh', '-c', BUILD, 'sh', target, ...build], {
    cwd: folderOf(module),
    env: ENVIRONMENT,
    maxBuffer: 64 * 1024 * 1024,
  });
  process.stderr.write(`Built ${module} of test/deep in ${Math.round((Date.now() - begin) / 1_000)} s.\n`);
  return target;
}

/** Tests that need the programs, and say why where they cannot be built. */
export function describeWithGo(programs: readonly GoProgram[], name: string, tests: () => void): void {
  const missing = programs.map(({ module }) => whatIsMissingFor(module)).find((reason) => reason !== null);
  if (missing === undefined) return describe(name, tests);
  process.stderr.write(`Skipped: ${name} (it needs ${missing}).\n`);
  describe.skip(name, tests);
}

/** `null`: its programs can be built. */
export function whatIsMissingFor(module: GoProgram['module']): string | null {
  if (spawnSync('flock', ['--version']).status !== 0) return 'the program flock';
  const found = goVersion();
  if (found === null) return 'Go';
  const needed = /^go (\S+)$/m.exec(read(module, 'go.mod'))?.[1] ?? '';
  return isAtLeast(found, needed) ? null : `Go ${needed}, and this is ${found}`;
}

/** What makes another program of it. */
function keyOf({ module, package: path, linkerFlags }: GoProgram): string {
  const hash = createHash('sha256').update([BUILD, goVersion(), path, linkerFlags].join('\n'));
  const files = readdirSync(folderOf(module)).filter((file) => /^go\.(?:mod|sum)$|\.go$/.test(file));
  for (const file of files.toSorted()) hash.update(`\n${file}\n${read(module, file)}`);
  return hash.digest('hex').slice(0, 12);
}

function folderOf(module: GoProgram['module']): string {
  return projectFile(`test/deep/${module}`);
}

function read(module: GoProgram['module'], file: string): string {
  return readFileSync(join(folderOf(module), file), 'utf8');
}

/** `1.26.8`, or `null` where there is no Go. */
function goVersion(): string | null {
  const { stdout } = spawnSync('go', ['env', 'GOVERSION'], { env: ENVIRONMENT, encoding: 'utf8' });
  return /^go(\d+(?:\.\d+)*)/.exec(stdout ?? '')?.[1] ?? null;
}

function isAtLeast(found: string, needed: string): boolean {
  return found.localeCompare(needed, 'en', { numeric: true }) >= 0;
}
