/** containerd(8): up for as long as its configuration can be read; its socket is there while it is. */
import { once } from 'node:events';
import type { DiskTree } from '../disk/disk-tree.js';
import { putFile, readText, removeAll } from '../disk/root-files.js';
import { failWith, succeed, type GuestCommand } from '../shell/guest-command.js';

const CONFIGURATION = '/etc/containerd/config.toml';
export const CRI_SOCKET = '/run/containerd/containerd.sock';
const TABLE = /^\[[^[\]]+\]$/;
const SETTING = /^(?:"[^"]+"|[\w-]+)\s*=\s*(?:"[^"]*"|true|false|\d+|\[.*\])$/;

export const containerd: GuestCommand = {
  name: 'containerd',
  run: async (args, { system: { disk }, service, signal, account }) => {
    if (args.includes('--version')) return succeed('containerd github.com/containerd/containerd 1.7.28\n');
    if (account.uid !== 0) return failWith(1, 'containerd: mkdir /var/lib/containerd: permission denied');
    const wrong = firstWrongLine(disk);
    if (wrong !== undefined) {
      const message = `containerd: failed to load TOML from ${CONFIGURATION}: invalid TOML: ${wrong}`;
      service?.log(message);
      return failWith(1, message);
    }
    putFile(disk, CRI_SOCKET, '', { mode: 0o660 });
    service?.log('containerd successfully booted');
    service?.ready();
    if (!signal.aborted) await once(signal, 'abort');
    removeAll(disk, CRI_SOCKET);
    return { code: 0 };
  },
};

/** Whether cgroups are left to systemd, as the kubelet does it. */
export function usesSystemdCgroups(disk: DiskTree): boolean {
  return /^\s*SystemdCgroup\s*=\s*true\s*$/m.test(readText(disk, CONFIGURATION) ?? '');
}

function firstWrongLine(disk: DiskTree): string | undefined {
  const lines = (readText(disk, CONFIGURATION) ?? '').split('\n').map((line) => line.trim());
  const meant = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return meant.find((line) => !TABLE.test(line) && !SETTING.test(line));
}
