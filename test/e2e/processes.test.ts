import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFile } from '../../lab/binaries/folders.js';

/** Starts the built process with this environment alone, and waits for its end. */
function start(
  module: string,
  env: Record<string, string>,
): { code: number | null; lines: string[]; output: string } {
  const { status, stderr, stdout } = spawnSync(process.execPath, [projectFile(`dist/${module}`)], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { code: status, lines: stderr.trim().split('\n'), output: stdout };
}

const API = {
  SECRETS_KEY: Buffer.alloc(32, 1).toString('base64'),
  NETWORK_CIDR: '10.1.107.0/24',
  NETWORK_RANGE: '10.1.107.100-150',
};

describe('a process whose configuration is wrong says so in one line for each fault, and ends with 78', () => {
  test('the worker without any', () => {
    const { code, lines } = start('workers/main.js', {});

    expect(code).toBe(78);
    expect(new Set(lines.map((line) => line.split(' ')[0]))).toEqual(
      new Set(['PROXMOX_TOKEN', 'PROXMOX_URL', 'SECRETS_KEY']),
    );
  });

  test('the API without an API key', () => {
    const { code, lines } = start('api/main.js', API);

    expect(code).toBe(78);
    expect(lines).toEqual([expect.stringMatching(/^API_KEY_SHA256 is required/)]);
  });

  test('the API that would be open to the network', () => {
    const { code, lines } = start('api/main.js', { ...API, API_AUTH: 'none', API_HOST: '0.0.0.0' });

    expect(code).toBe(78);
    expect(lines).toEqual([expect.stringMatching(/^API_AUTH must be key/)]);
  });

  test('and never shows a secret', () => {
    const { lines } = start('workers/main.js', {
      PROXMOX_TOKEN: 'root@pam!x=hunter2',
      SECRETS_KEY: 'hunter2',
    });

    expect(lines.join('\n')).not.toContain('hunter2');
  });
});

test('the lab refuses a flag that it does not know, with those that it does', () => {
  const { status, stderr } = spawnSync(process.execPath, [projectFile('dist/lab/start.js'), '--sped', '0'], {
    encoding: 'utf8',
    timeout: 120_000,
  });

  expect(status).toBe(64);
  expect(stderr).toContain('--speed FACTOR');
});

test('a lab one of whose ports is taken says which, and leaves no Temporal server running', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const stateDir = mkdtempSync(join(tmpdir(), 'clusterwright-e2e-'));
  const others = ['api', 'temporal', 'ui', 'proxy', 'control', 'boot', 'dns'];
  const flags = others.flatMap((name) => [`--${name}-port`, '0']);

  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      projectFile('dist/lab/start.js'),
      ...['--state-dir', stateDir, '--proxmox-port', String(port)],
      ...flags,
    ],
    { encoding: 'utf8', timeout: 120_000 },
  );

  expect(status).toBe(1);
  expect(stdout + stderr).toContain(`EADDRINUSE: address already in use 127.0.0.1:${port}`);
  const left = spawnSync('pgrep', ['--list-full', '--full', stateDir], { encoding: 'utf8' });
  expect(left.stdout).toBe('');
  taken.close();
  rmSync(stateDir, { recursive: true });
});
