import { describe, expect, test } from '@jest/globals';
import { DiskTree } from '../../../../lab/guest/disk/disk-tree.js';
import { ROOT } from '../../../../lab/guest/disk/inode.js';
import { makeDirectory, putFile } from '../../../../lab/guest/disk/root-files.js';
import { loadUnit, splitWords } from '../../../../lab/guest/systemd/unit-file.js';

function aDisk(files: Record<string, string>): DiskTree {
  const disk = new DiskTree({ kind: 'directory', entries: new Map(), mode: 0o755, uid: 0, gid: 0, mtime: 0 });
  for (const [path, content] of Object.entries(files)) putFile(disk, path, content);
  return disk;
}

describe('a unit file', () => {
  test('is read with its comments, continued lines, specifiers and environment files', () => {
    const disk = aDisk({
      '/etc/systemd/system/app.service': `# a comment
[Unit]
Description=An app
[Service]
Type=notify
Environment="A=1 2" B=3
EnvironmentFile=-/etc/default/%N
EnvironmentFile=-/nowhere
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/bin/app \\
    server \\
	'--name' 'a b' \\

Restart=always
RestartSec=5s
[Install]
WantedBy=multi-user.target
`,
      '/etc/default/app': '# none\nC="quoted"\nB=4\n',
    });

    const unit = loadUnit(disk, 'app');

    expect(unit).toMatchObject({
      name: 'app.service',
      description: 'An app',
      type: 'notify',
      execStartPre: [{ words: ['/sbin/modprobe', 'overlay'], mayFail: true }],
      execStart: [{ words: ['/usr/bin/app', 'server', '--name', 'a b'], mayFail: false }],
      environment: { A: '1 2', B: '4', C: 'quoted' },
      restart: 'always',
      restartMs: 5_000,
      wantedBy: ['multi-user.target'],
    });
  });

  test('of the administrator goes before the one of the distribution', () => {
    const disk = aDisk({
      '/etc/systemd/system/app.service': '[Unit]\nDescription=mine\n',
      '/usr/lib/systemd/system/app.service': '[Unit]\nDescription=theirs\n',
    });

    expect(loadUnit(disk, 'app.service')?.description).toBe('mine');
  });

  test('is found under its alias', () => {
    const disk = aDisk({ '/usr/lib/systemd/system/ssh.service': '[Unit]\nDescription=sshd\n' });
    makeDirectory(disk, '/etc/systemd/system');
    disk.symlink('/usr/lib/systemd/system/ssh.service', '/etc/systemd/system/sshd.service', ROOT);

    expect(loadUnit(disk, 'sshd')?.name).toBe('ssh.service');
  });

  test('that is not there is not there', () => {
    expect(loadUnit(aDisk({}), 'app')).toBeUndefined();
  });

  test.each([
    [`a 'b c' "d \\"e\\""`, ['a', 'b c', 'd "e"']],
    [`'' x`, ['', 'x']],
  ])('the words of %s', (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });
});
