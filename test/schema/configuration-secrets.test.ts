import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '../../schema/configuration.js';

const WORKER = {
  SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
  PROXMOX_URL: 'https://pve1.example.com:8006',
  PROXMOX_TOKEN: 'clusterwright@pve!service=01234567-89ab-cdef-0123-456789abcdef',
};

describe('secrets that definitions name', () => {
  const key = Buffer.alloc(32, 3).toString('base64');

  function keysOf(DNS_KEYS: string): unknown {
    const result = readConfiguration({ ...WORKER, DNS_KEYS }, 'worker');
    return result.ok ? [...result.configuration.dnsKeys.entries()] : result.faults;
  }

  test('are keys of DNS servers', () => {
    expect(keysOf(`one=hmac-sha256:${key}, two.lab.internal=hmac-sha512:${key}`)).toEqual([
      ['one', { algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 3) }],
      ['two.lab.internal', { algorithm: 'hmac-sha512', secret: Buffer.alloc(32, 3) }],
    ]);
  });

  test.each([
    ['no name', `hmac-sha256:${key}`],
    ['a name in capitals', `One=hmac-sha256:${key}`],
    ['an algorithm that is broken', `one=hmac-md5:${key}`],
    ['no algorithm', `one=${key}`],
    ['something that is not base64', 'one=hmac-sha256:hunter2-hunter2-hunter2'],
    ['too short a key', 'one=hmac-sha256:aHVudGVyMg=='],
    ['a name twice', `one=hmac-sha256:${key},one=hmac-sha256:${key}`],
  ])('are refused with %s, and not shown', (_what, DNS_KEYS) => {
    const faults = keysOf(DNS_KEYS) as string[];

    expect(faults).toEqual([expect.stringMatching(/^DNS_KEYS has an entry \(the [12]\.\) that /)]);
    expect(faults.join()).not.toMatch(/hunter2|aHVudGVyMg|AwMDAw/);
  });

  function readFolder(
    name: 'PULL_SECRETS_PATH' | 'DATASTORES_PATH' | 'CSI_TOKENS_PATH' | 'BACKUP_DESTINATIONS_PATH',
    files: Readonly<Record<string, string>>,
  ): ReturnType<typeof readConfiguration> {
    const folder = mkdtempSync(join(tmpdir(), 'configuration-'));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    const result = readConfiguration({ ...WORKER, [name]: folder }, 'worker');
    rmSync(folder, { recursive: true });
    return result;
  }

  test('are files, whose names are theirs', () => {
    const pullSecret = '{"auths":{"registry.example.com":{"auth":"aWQ6cGFzcw=="}}}';

    expect(readFolder('PULL_SECRETS_PATH', { okd: `${pullSecret}\n`, '..data': '' })).toMatchObject({
      configuration: { pullSecrets: new Map([['okd', pullSecret]]) },
    });
    expect(
      readFolder('DATASTORES_PATH', { edge: 'postgres://k3s:pw@db.lab.internal:5432/edge' }),
    ).toMatchObject({
      configuration: { datastores: new Map([['edge', 'postgres://k3s:pw@db.lab.internal:5432/edge']]) },
    });
    const token = 'csi@pve!edge=5b0c2a5e-6c1f-4b39-9a52-0a1f6f1d2c3b';
    expect(readFolder('CSI_TOKENS_PATH', { edge: `${token}\n` })).toMatchObject({
      configuration: { csi: { tokens: new Map([['edge', token]]) } },
    });
  });

  test.each([
    ['PULL_SECRETS_PATH', { okd: '{"auths":{"a":{"password":"hunter2"}}}' }],
    ['PULL_SECRETS_PATH', { okd: 'hunter2' }],
    ['PULL_SECRETS_PATH', { 'okd.json': '{"auths":{}}' }],
    ['CSI_TOKENS_PATH', { edge: 'csi@pve!hunter2' }],
    ['DATASTORES_PATH', { edge: 'hunter2@db' }],
    ['DATASTORES_PATH', { edge: "postgres://db/'hunter2'" }],
    ['DATASTORES_PATH', { edge: 'postgres://a\npostgres://hunter2' }],
    ['DATASTORES_PATH', { edge: 'x'.repeat(1_048_577) }],
  ] as const)('name a file of %s that is none, and do not show it (%j)', (name, files) => {
    const result = readFolder(name, files);
    const faults = result.ok ? [] : result.faults;

    expect(faults).toEqual([
      expect.stringMatching(new RegExp(`^${name} holds "(okd|edge|okd\\.json)", which `)),
    ]);
    expect(faults.join()).not.toContain('hunter2');
  });
});
