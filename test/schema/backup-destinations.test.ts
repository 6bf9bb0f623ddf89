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
const S3 = {
  ...{ kind: 's3', endpoint: 'https://s3.example.com:9000', bucket: 'backups' },
  ...{ accessKeyId: 'writer', secretAccessKey: 'hunter2' },
};
const FOLDER = { kind: 'folder', path: '/mnt/backups' };

function read(files: Readonly<Record<string, unknown>>, env: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'destinations-'));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  const result = readConfiguration({ ...WORKER, ...env, BACKUP_DESTINATIONS_PATH: folder }, 'worker');
  rmSync(folder, { recursive: true });
  return result;
}

describe('destinations for backups', () => {
  test('are folders and buckets, by the names of their files', () => {
    expect(read({ nas: FOLDER, offsite: S3 }, { BACKUP_DESTINATION: 'nas' })).toMatchObject({
      configuration: {
        backup: {
          destinations: new Map<string, unknown>([
            ['nas', FOLDER],
            ['offsite', { ...S3, region: 'us-east-1', prefix: '', caCertificate: null }],
          ]),
          defaultDestination: 'nas',
          retention: { keepLast: 7, keepDaily: 14, keepWeekly: 8 },
        },
      },
    });
  });

  test('have a default where there is only one, and none where there are several or none', () => {
    const defaultOf = (files: Readonly<Record<string, unknown>>): unknown => {
      const result = read(files);
      return result.ok ? result.configuration.backup.defaultDestination : result.faults;
    };

    expect([defaultOf({ nas: FOLDER }), defaultOf({ nas: FOLDER, offsite: S3 }), defaultOf({})]).toEqual([
      'nas',
      null,
      null,
    ]);
  });

  test('must have the one that is named as the default', () => {
    expect(read({ nas: FOLDER }, { BACKUP_DESTINATION: 'tape' })).toEqual({
      ok: false,
      faults: ['BACKUP_DESTINATION "tape" is the name of no file in BACKUP_DESTINATIONS_PATH'],
    });
  });

  test.each([
    ['no JSON', 'hunter2', /must hold JSON/],
    ['another kind', { ...S3, kind: 'ftp' }, /kind must be folder or s3/],
    ['a path that leads from somewhere', { ...FOLDER, path: 'backups' }, /path must be absolute/],
    ['an endpoint with a path', { ...S3, endpoint: 'https://s3.example.com/backups' }, /must be an origin/],
    ['no secret', { ...S3, secretAccessKey: undefined }, /secretAccessKey/],
    ['a prefix that does not end', { ...S3, prefix: 'clusters' }, /must be empty, or end in "\/"/],
    ['a word too many', { ...S3, secret: 'hunter2' }, /secret/],
    ['an authority that is none', { ...S3, caFile: '/nowhere/ca.pem' }, /caFile that has no certificate/],
  ])('are refused with %s, and not shown', (_what, content, fault) => {
    const result = read({ offsite: content });

    expect(result).toMatchObject({ ok: false, faults: [expect.stringMatching(fault)] });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });
});
