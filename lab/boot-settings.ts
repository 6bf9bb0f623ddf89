/** How the lab's machines find the service's boot service, and what they find there. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COREOS_FILES } from '../domain/boot/coreos-profile.js';
import { ROOTFS_MAGIC } from './guest/coreos/live-installer.js';

/** In the network of the lab's machines. */
export const BOOT_SERVICE = { address: '10.1.107.2', port: 8_082 } as const;

/**
 * Files of the boot service: kernel and initrd of the live system. What is in them does not matter, as no machine of the
 * lab runs machine code.
 */
export const LIVE_FILES = ['live-vmlinuz', 'live-initrd.img'] as const;

/** Folder of the files that machines of OKD boot. */
export const COREOS_FOLDER = 'scos';

/** What an operator would set, with the lab as the proxy that knows each machine's address. */
export function bootSettings(stateDir: string, port: number): Readonly<Record<string, string>> {
  const folder = join(stateDir, 'boot');
  mkdirSync(folder, { recursive: true });
  for (const name of LIVE_FILES) writeFileSync(join(folder, name), `${name} of the lab\n`);
  mkdirSync(join(folder, COREOS_FOLDER), { recursive: true });
  for (const name of Object.values(COREOS_FILES)) {
    const content = name === COREOS_FILES.rootfs ? ROOTFS_MAGIC : `${name} of the lab\n`;
    writeFileSync(join(folder, COREOS_FOLDER, name), content);
  }
  return {
    BOOT_HOST: '127.0.0.1',
    BOOT_PORT: String(port),
    BOOT_URL: `http://${BOOT_SERVICE.address}:${BOOT_SERVICE.port}`,
    BOOT_TRUSTED_PROXIES: '127.0.0.1',
    BOOT_FILES_PATH: folder,
  };
}
