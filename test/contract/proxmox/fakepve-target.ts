/** `fakepve`, a Proxmox VE 9 API server that others wrote, as a target: installed into the cache and run by Python. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder } from '../../../lab/binaries/folders.js';
import type { Capabilities, ContractTarget } from './target.js';

const run = promisify(execFile);
const VERSION = '0.5.0';

/** What version 0.5.0 answers without doing it: these calls are generated from the API schema alone. */
export const FAKEPVE: Capabilities = { resizesDisks: false, knowsTakenVmids: false, hasFirewalls: false };

export async function fakepveTarget(): Promise<ContractTarget> {
  const server = spawn('python3', [beside('fakepve_main.py')], {
    env: { ...process.env, PYTHONPATH: await installed(), PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  const [line] = (await Promise.race([
    once(createInterface(server.stdout), 'line'),
    ended.then(([code]) => Promise.reject(new Error(`fakepve ended with code ${code} before it listened`))),
  ])) as [string];
  const { url, token, fingerprint } = JSON.parse(line) as Record<'url' | 'token' | 'fingerprint', string>;
  return {
    url,
    token,
    trust: { kind: 'fingerprint', sha256: fingerprint },
    template: { vmid: 9000, name: 'contract-template', host: 'pve1', storage: 'local-lvm', diskGiB: 8 },
    isoStorage: 'local',
    vmids: { from: 20_000, to: 20_099 },
    capabilities: FAKEPVE,
    close: async () => {
      server.stdin.end();
      await ended;
    },
  };
}

/** Two processes may install at once: the folder appears whole. @returns the folder. */
async function installed(): Promise<string> {
  const folder = join(cacheFolder(), `fakepve-${VERSION}`);
  if (existsSync(folder)) return folder;
  await mkdir(cacheFolder(), { recursive: true });
  const draft = await mkdtemp(join(cacheFolder(), 'installing-'));
  try {
    const target = join(draft, 'target');
    const options = ['--quiet', '--no-deps', '--only-binary', ':all:', '--no-warn-script-location'];
    const requirements = ['--requirement', beside('fakepve-requirements.txt')];
    await run('python3', ['-m', 'pip', 'install', ...options, '--target', target, ...requirements]);
    await rename(target, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

function beside(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
