/** A virtual machine without a disk: all it has is a MAC address, and what the network gives it. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { debianRoot } from './debian-root.js';
import type { Host } from './host.js';
import type { Wire } from './wire.js';

export const KERNEL = 'vmlinuz';
export const INITRD = 'initrd.gz';

/** In the order in which each finds what it needs of the others. */
const MODULES = [
  ...['virtio_ring', 'virtio', 'virtio_pci_modern_dev', 'virtio_pci_legacy_dev', 'virtio_pci'],
  ...['failover', 'net_failover', 'virtio_net'],
];

/**
 * What the machine runs: it gets its address, fetches its documents from where its kernel's command line says, as
 * cloud-init does, and tells `report` what it is and what it got.
 */
const INIT = (reportUrl: string): string => String.raw`#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in ${MODULES.join(' ')}; do
  test ! -e /modules/$module.ko || insmod /modules/$module.ko
done
ip link set eth0 up
udhcpc -i eth0 -s /configure -n -q -f -t 10 -T 1
seed=$(sed 's/.*ds=nocloud-net;s=\([^ ]*\).*/\1/' /proc/cmdline)
wget -q -O /user-data "$seed"user-data
wget -q -O /meta-data "$seed"meta-data
mac=$(cat /sys/class/net/eth0/address)
address=$(ip -4 -o address show dev eth0 | sed 's/.*inet \([0-9.]*\).*/\1/')
user=$(sha256sum < /user-data | cut -c1-64)
meta=$(sha256sum < /meta-data | cut -c1-64)
wget -q -O - --post-data "mac=$mac&address=$address&hostname=$(hostname)&user=$user&meta=$meta&seed=$seed" ${reportUrl}
poweroff -f
`;
const CONFIGURE = String.raw`#!/bin/busybox sh
test "$1" = bound || exit 0
ip address add "$ip/$mask" dev "$interface"
hostname "$hostname"
`;

/** Puts the kernel of Debian and an initramfs of our own into the folder, as {@link KERNEL} and {@link INITRD}. */
export async function writeBootFiles(host: Host, folder: string, reportUrl: string): Promise<void> {
  await copyFile(join(await debianRoot(), 'opt/kernel/vmlinuz'), join(folder, KERNEL));
  await host.sh(
    'mkdir -p /tmp/initrd/bin /tmp/initrd/proc /tmp/initrd/sys /tmp/initrd/dev /tmp/initrd/modules',
  );
  await host.sh('cp /bin/busybox /tmp/initrd/bin; cp /opt/kernel/*.ko /tmp/initrd/modules');
  await host.sh('cat > /tmp/initrd/init; chmod 755 /tmp/initrd/init', INIT(reportUrl));
  await host.sh('cat > /tmp/initrd/configure; chmod 755 /tmp/initrd/configure', CONFIGURE);
  const pack = host.spawn('sh', '-c', 'cd /tmp/initrd && find . | busybox cpio -o -H newc | gzip -1');
  const packed = once(pack, 'exit');
  if (pack.stdout === null) throw new Error('cpio has no output');
  await pipeline(pack.stdout, createWriteStream(join(folder, INITRD)));
  const [code] = (await packed) as [number | null];
  if (code !== 0) throw new Error(`the initramfs could not be packed: ${code}`);
}

/** Switches the machine on. @returns what it has on its console, when it is off again. */
export async function bootFromNetwork(wire: Wire, mac: string): Promise<string> {
  const tap = await wire.tap();
  const { code, stdout, stderr } = await wire.host.run(
    'qemu-system-x86_64',
    ...['-accel', 'tcg', '-m', '512', '-display', 'none', '-serial', 'stdio', '-no-reboot', '-boot', 'n'],
    ...['-netdev', `tap,id=net0,ifname=${tap},script=no,downscript=no`],
    ...['-device', `virtio-net-pci,netdev=net0,mac=${mac}`],
  );
  if (code !== 0) throw new Error(`QEMU ended with ${code}: ${stderr}`);
  return stdout;
}
