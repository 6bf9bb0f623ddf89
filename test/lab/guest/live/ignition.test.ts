import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { baseImage } from '../../../../lab/guest/disk/base-image.js';
import { findAccount, sudoRight } from '../../../../lab/guest/disk/accounts.js';
import { ROOT } from '../../../../lab/guest/disk/inode.js';
import { isThere, readText } from '../../../../lab/guest/disk/root-files.js';
import { applyIgnition } from '../../../../lab/guest/live/ignition.js';

const VERSION = { ignition: { version: '3.4.0' } };
const gzip = (text: string): string => `data:;base64,${gzipSync(text).toString('base64')}`;

describe('an Ignition configuration', () => {
  test('sets up users, files, links and units', () => {
    const disk = baseImage([], []);

    applyIgnition(
      disk,
      JSON.stringify({
        ...VERSION,
        passwd: { users: [{ name: 'core', sshAuthorizedKeys: ['ssh-ed25519 AAAA one'] }] },
        storage: {
          directories: [{ path: '/srv/data', mode: 0o700 }],
          files: [
            { path: '/etc/hostname', overwrite: true, contents: { source: 'data:,master-0%0A' } },
            { path: '/opt/a', mode: 0o600, contents: { source: gzip('zipped'), compression: 'gzip' } },
            { path: '/etc/hosts', append: [{ source: 'data:,10.0.0.1%20api%0A' }] },
          ],
          links: [{ path: '/opt/b', target: '/opt/a' }],
        },
        systemd: { units: [{ name: 'a.service', enabled: true, contents: '[Service]\n' }] },
      }),
    );

    const core = findAccount(disk, 'core');
    expect(core === undefined ? 'none' : sudoRight(disk, core)).toBe('no-password');
    expect(readText(disk, '/home/core/.ssh/authorized_keys')).toBe('ssh-ed25519 AAAA one\n');
    expect(readText(disk, '/etc/hostname')).toBe('master-0\n');
    expect(readText(disk, '/opt/b')).toBe('zipped');
    expect(readText(disk, '/etc/hosts')).toBe('127.0.0.1 localhost\n10.0.0.1 api\n');
    expect(disk.stat('/opt/a', ROOT).mode & 0o777).toBe(0o600);
    expect(disk.stat('/srv/data', ROOT).mode & 0o777).toBe(0o700);
    expect(isThere(disk, '/etc/systemd/system/multi-user.target.wants/a.service')).toBe(true);
  });

  test.each([
    ['no JSON', 'hello', /error parsing config/],
    ['another version', JSON.stringify({ ignition: { version: '2.2.0' } }), /unsupported config version/],
    [
      'a file that is there',
      JSON.stringify({ ...VERSION, storage: { files: [{ path: '/etc/hostname', contents: {} }] } }),
      /overwrite is false/,
    ],
    [
      'a file from somewhere else',
      JSON.stringify({
        ...VERSION,
        storage: { files: [{ path: '/a', contents: { source: 'http://10.0.0.1/a' } }] },
      }),
      /unsupported source scheme/,
    ],
    [
      'a unit that does not exist',
      JSON.stringify({ ...VERSION, systemd: { units: [{ name: 'none.service', enabled: true }] } }),
      /no such unit/,
    ],
  ])('is refused for %s', (_, text, reason) => {
    expect(() => applyIgnition(baseImage([], []), text)).toThrow(reason);
  });
});
