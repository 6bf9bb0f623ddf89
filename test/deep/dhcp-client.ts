/** A machine that asks for an address, as firmware does, and tells what it was given. */
import type { Host } from './host.js';

export interface DhcpAnswer {
  readonly ip: string;
  /** Of the server that the boot file is on. */
  readonly siaddr?: string;
  readonly boot_file?: string;
  readonly router?: string;
  readonly dns?: string;
  readonly domain?: string;
  readonly hostname?: string;
  readonly subnet?: string;
}

/** What a client says of itself: its architecture (option 93, RFC 4578), and that it is iPXE (option 175). */
export const CLIENTS = {
  bios: ['-x', '0x5d:0000'],
  uefi: ['-x', '0x5d:0007'],
  ipxe: ['-x', '0x5d:0000', '-x', '0xaf:010102'],
} as const;

const PRINT = '#!/bin/sh\ntest "$1" != bound || env\n';

/** @returns `null` when nobody answers three questions, a second apart. */
export async function askForAddress(
  host: Host,
  { device, client }: { readonly device: string; readonly client: keyof typeof CLIENTS },
): Promise<DhcpAnswer | null> {
  await host.sh('cat > /tmp/print; chmod 755 /tmp/print', PRINT);
  const options = ['-i', device, '-s', '/tmp/print', '-n', '-q', '-f', '-t', '3', '-T', '1', '-A', '1'];
  const { code, stdout } = await host.run('busybox', 'udhcpc', ...options, ...CLIENTS[client]);
  if (code !== 0) return null;
  const lines = stdout.split('\n').map((line) => line.split('='));
  return Object.fromEntries(
    lines.map(([key, ...rest]) => [key, rest.join('=')]),
  ) as Partial<DhcpAnswer> as DhcpAnswer;
}
