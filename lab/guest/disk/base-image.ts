/** What is on the disk of a machine that was never booted: a small Ubuntu 24.04. */
import { DiskTree } from './disk-tree.js';
import { ROOT, type DirectoryNode } from './inode.js';
import { PREINSTALLED, PROGRAM_IMAGE, unpack } from './packages.js';
import { makeDirectory, putFile } from './root-files.js';

const DIRECTORIES = [
  ...['boot', 'dev', 'etc', 'home', 'media', 'mnt', 'opt', 'proc', 'run', 'srv', 'sys', 'usr', 'var'],
  ...['etc/netplan', 'etc/ssh', 'etc/sudoers.d', 'etc/systemd/system', 'etc/sysctl.d', 'etc/modules-load.d'],
  ...['usr/bin', 'usr/lib/systemd/system', 'usr/local/bin', 'usr/local/sbin', 'usr/sbin', 'usr/share'],
  ...['var/cache', 'var/lib/cloud', 'var/lib/dpkg', 'var/log', 'var/tmp'],
];

/** `/usr` is merged, as in every current distribution. */
const MERGED = ['bin', 'sbin', 'lib'];

const ACCOUNTS = [
  'root:x:0:0:root:/root:/bin/bash',
  'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
  'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
  'systemd-network:x:998:998:systemd Network Management:/:/usr/sbin/nologin',
  'sshd:x:110:65534::/run/sshd:/usr/sbin/nologin',
];

const GROUPS: Readonly<Record<string, number>> = {
  ...{
    root: 0,
    daemon: 1,
    adm: 4,
    dialout: 20,
    cdrom: 24,
    floppy: 25,
    sudo: 27,
    audio: 29,
    dip: 30,
    video: 44,
  },
  ...{
    plugdev: 46,
    users: 100,
    'systemd-network': 998,
    'systemd-journal': 999,
    netdev: 101,
    lxd: 102,
    nogroup: 65_534,
  },
};

const OS_RELEASE = `PRETTY_NAME="Ubuntu 24.04.1 LTS"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION="24.04.1 LTS (Noble Numbat)"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
UBUNTU_CODENAME=noble
`;

const SSH_UNIT = `[Unit]
Description=OpenBSD Secure Shell server

[Service]
Type=notify
ExecStart=/usr/sbin/sshd -D
Restart=on-failure

[Install]
WantedBy=multi-user.target
Alias=sshd.service
`;

const SUDOERS = 'root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n';

/** @param commands what stands in `/usr/bin`; @param administration what a script in `/usr/sbin` leads to. */
export function baseImage(commands: readonly string[], administration: readonly string[]): DiskTree {
  const root: DirectoryNode = {
    kind: 'directory',
    entries: new Map(),
    mode: 0o755,
    uid: 0,
    gid: 0,
    mtime: Date.now(),
  };
  const disk = new DiskTree(root);
  for (const path of DIRECTORIES) makeDirectory(disk, `/${path}`);
  for (const name of MERGED) disk.symlink(`usr/${name}`, `/${name}`, ROOT);
  disk.mkdir('/root', ROOT, 0o700);
  disk.mkdir('/tmp', ROOT, 0o1777);
  disk.chmod('/var/tmp', 0o1777, ROOT);
  putFile(disk, '/etc/passwd', `${ACCOUNTS.join('\n')}\n`);
  putFile(
    disk,
    '/etc/group',
    Object.entries(GROUPS)
      .map(([name, gid]) => `${name}:x:${gid}:\n`)
      .join(''),
  );
  putFile(
    disk,
    '/etc/shadow',
    ACCOUNTS.map((line) => `${line.split(':')[0]}:*:19900:0:99999:7:::\n`).join(''),
    {
      mode: 0o640,
    },
  );
  putFile(disk, '/etc/os-release', OS_RELEASE);
  putFile(disk, '/etc/hostname', 'ubuntu\n');
  putFile(disk, '/etc/hosts', '127.0.0.1 localhost\n');
  putFile(disk, '/etc/timezone', 'Etc/UTC\n');
  putFile(disk, '/etc/fstab', 'LABEL=cloudimg-rootfs / ext4 discard,errors=remount-ro 0 1\n');
  putFile(disk, '/etc/sudoers', SUDOERS, { mode: 0o440 });
  for (const name of commands) putFile(disk, `/usr/bin/${name}`, PROGRAM_IMAGE, { mode: 0o755 });
  for (const name of administration) {
    putFile(disk, `/usr/sbin/${name}`, `#!/bin/sh\nexec /usr/bin/${name} "$@"\n`, { mode: 0o755 });
  }
  putFile(disk, '/usr/sbin/sshd', '#!/bin/sh\nexec /usr/bin/simulated-sshd "$@"\n', { mode: 0o755 });
  putFile(disk, '/usr/lib/systemd/system/ssh.service', SSH_UNIT);
  disk.symlink('/usr/lib/systemd/system/ssh.service', '/etc/systemd/system/sshd.service', ROOT);
  makeDirectory(disk, '/etc/systemd/system/multi-user.target.wants');
  disk.symlink(
    '/usr/lib/systemd/system/ssh.service',
    '/etc/systemd/system/multi-user.target.wants/ssh.service',
    ROOT,
  );
  for (const name of PREINSTALLED) unpack(disk, name);
  return disk;
}
