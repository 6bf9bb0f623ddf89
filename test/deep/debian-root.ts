/** The disk of the deep lab's hosts: a Debian of its own with real servers on it, made once and kept. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../lab/binaries/folders.js';

const run = promisify(execFile);

const PACKAGES = [
  ...[
    'bind9',
    'bind9-utils',
    'busybox-static',
    'curl',
    'dnsmasq',
    'dnsutils',
    'haproxy',
    'ipxe',
    'iproute2',
    'keepalived',
    'openssh-server',
    'procps',
    'python3-minimal',
  ],
  ...['qemu-system-x86', 'socat', 'sudo'],
];

/**
 * Nothing is installed on this machine: the packages are unpacked into a folder, by its own package manager's sources.
 * The kernel is there to be booted from, as `/opt/kernel/vmlinuz`, with its modules beside it.
 */
const BUILD = String.raw`
set -eu
target=$1 packages=$2
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
test ! -e "$target" || exit 0
work=$target.part
rm -rf "$work"
mkdir -p "$work/fetched"
cd "$work/fetched"
fetch() { apt-get download -q -o APT::Sandbox::User=root "$1"; }
# Lists that are older than the archive name files that are gone.
apt-get update -q
fetch debootstrap
dpkg-deb -x debootstrap_*.deb tool
. /etc/os-release
mirror=$(apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' |
  awk -v name="$VERSION_CODENAME" '$2 == name { print $1; exit }')
DEBOOTSTRAP_DIR=$PWD/tool/usr/share/debootstrap sh tool/usr/sbin/debootstrap \
  --variant=minbase --include="$packages" "$VERSION_CODENAME" "$work/root" "$mirror"

fetch "$(apt-cache depends linux-image-cloud-amd64 | awk '$1 == "Depends:" { print $2; exit }')"
dpkg-deb -x linux-image-*.deb kernel
mkdir -p "$work/root/opt/kernel"
cp kernel/boot/vmlinuz-* "$work/root/opt/kernel/vmlinuz"
find kernel/lib/modules -name 'virtio*.ko' -o -name '*failover.ko' | xargs cp -t "$work/root/opt/kernel"

rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/*
# Keys and seeds belong to a host, not to what hosts are made from.
rm -f "$work"/root/etc/ssh/ssh_host_*
chroot "$work/root" useradd --create-home --shell /bin/sh admin
echo 'admin ALL=(ALL) NOPASSWD: ALL' > "$work/root/etc/sudoers.d/admin"
mv "$work/root" "$target"
rm -rf "$work"
`;

/** @returns the folder; it is the lower layer of many hosts: nothing may write to it. */
export async function debianRoot(): Promise<string> {
  const key = createHash('sha256').update(BUILD).update(PACKAGES.join()).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), 'debian');
  const root = join(folder, `root-${key}`);
  if (existsSync(root)) return root;
  await mkdir(folder, { recursive: true });
  // Test files run at once, and checkouts share the cache.
  const args = [`${root}.lock`, 'sh', '-c', BUILD, 'sh', root, PACKAGES.join(',')];
  await run('flock', args, { maxBuffer: 64 * 1024 * 1024 });
  return root;
}
