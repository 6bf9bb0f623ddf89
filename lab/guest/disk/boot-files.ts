/** What the kernel and systemd put into memory file systems at each boot. */
import type { LabMachine } from '../../machine-host.js';
import type { DiskTree } from './disk-tree.js';
import { makeDirectory, putFile, readText, removeAll, listNames } from './root-files.js';
import { applyTmpfiles } from './tmpfiles.js';

/** Directories that are empty after the power was off. */
export const VOLATILE = ['/dev', '/proc', '/run', '/sys', '/tmp'] as const;

export const KERNEL_RELEASE = '6.8.0-45-generic';

const SYSCTLS: Readonly<Record<string, string>> = {
  'fs/inotify/max_user_instances': '128',
  'fs/inotify/max_user_watches': '65536',
  'kernel/panic': '0',
  'kernel/panic_on_oops': '0',
  'kernel/pid_max': '4194304',
  'net/core/somaxconn': '4096',
  'net/ipv4/ip_forward': '0',
  'net/ipv4/ip_nonlocal_bind': '0',
  'net/ipv6/ip_nonlocal_bind': '0',
  'net/ipv4/conf/all/forwarding': '0',
  'net/ipv4/conf/all/rp_filter': '2',
  'net/ipv6/conf/all/disable_ipv6': '0',
  'net/ipv6/conf/all/forwarding': '0',
  'vm/max_map_count': '1048576',
  'vm/overcommit_memory': '0',
  'vm/panic_on_oom': '0',
  'vm/swappiness': '60',
};

export function prepareMemoryFiles(disk: DiskTree, machine: LabMachine, bootId: string): void {
  for (const path of VOLATILE) for (const name of listNames(disk, path)) removeAll(disk, `${path}/${name}`);
  // Also the directory itself: the lab keeps its name only.
  for (const path of VOLATILE) makeDirectory(disk, path);
  putFile(disk, '/dev/null', '', { mode: 0o666 });
  putFile(disk, '/proc/version', `Linux version ${KERNEL_RELEASE} (buildd@lcy02) #45-Ubuntu SMP\n`, {
    mode: 0o444,
  });
  putFile(
    disk,
    '/proc/meminfo',
    `MemTotal:       ${machine.memoryMiB * 1_024} kB\nSwapTotal:             0 kB\n`,
    {
      mode: 0o444,
    },
  );
  const processor = (index: number): string => `processor\t: ${index}\nmodel name\t: QEMU Virtual CPU\n\n`;
  const processors = Array.from({ length: machine.cores }, (_, index) => processor(index));
  putFile(disk, '/proc/cpuinfo', processors.join(''), { mode: 0o444 });
  putFile(disk, '/proc/swaps', swaps(disk), { mode: 0o444 });
  putFile(disk, '/proc/modules', '', { mode: 0o444 });
  for (const [name, value] of Object.entries(SYSCTLS)) putFile(disk, `/proc/sys/${name}`, `${value}\n`);
  putFile(disk, '/proc/sys/kernel/random/boot_id', `${bootId}\n`, { mode: 0o444 });
  putFile(disk, '/sys/class/dmi/id/product_uuid', `${machine.uuid}\n`, { mode: 0o400 });
  for (const path of ['/run/systemd/system', '/run/cloud-init', '/run/lock']) makeDirectory(disk, path);
  applyTmpfiles(disk);
}

/** What `/etc/fstab` says is swapped to. */
function swaps(disk: DiskTree): string {
  const lines = (readText(disk, '/etc/fstab') ?? '').split('\n').map((line) => line.trim().split(/\s+/));
  const used = lines.filter(([device = '#', , type]) => !device.startsWith('#') && type === 'swap');
  const rows = used.map(([device]) => `${device}\t\t\t\tfile\t\t2097148\t\t0\t\t-2\n`);
  return `Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n${rows.join('')}`;
}
