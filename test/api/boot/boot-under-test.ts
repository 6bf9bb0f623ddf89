/** The boot service over real sockets, with a real store and a folder of files. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { listenForBoots } from '../../../api/boot/listen.js';
import type { BootArming } from '../../../store/boot-port.js';
import type { Store } from '../../../store/store.js';
import { aStore, ManualClock } from '../../store/store-builder.js';

export const BOOT_URL = 'http://10.1.107.2:8082';
export const MAC = 'bc:24:11:aa:00:01';
export const ADDRESS = '10.1.107.100';
export const ELSEWHERE = '10.1.107.66';
export const KERNEL = Buffer.alloc(300_000, 'kernel');

export interface BootUnderTest {
  readonly store: Store;
  readonly clock: ManualClock;
  readonly folder: string;
  readonly port: number;
  /** Lines of the log, as they were written. */
  readonly log: string[];
  close(): Promise<void>;
}

export async function startBoot(change: { readonly trustedProxies?: string[] } = {}): Promise<BootUnderTest> {
  const clock = new ManualClock();
  const store = await aStore({ now: clock.now });
  const root = mkdtempSync(join(tmpdir(), 'clusterwright-boot-'));
  const folder = join(root, 'files');
  mkdirSync(join(folder, 'sub'), { recursive: true });
  writeFileSync(join(root, 'secret'), 'not to be served');
  writeFileSync(join(folder, 'vmlinuz'), KERNEL);
  writeFileSync(join(folder, 'initrd.img'), 'initrd');
  writeFileSync(join(folder, 'other'), 'of another machine');
  const log: string[] = [];
  const listener = await listenForBoots(
    {
      url: BOOT_URL,
      listen: { host: '127.0.0.1', port: 0 },
      filesPath: folder,
      trustedProxies: change.trustedProxies ?? ['127.0.0.1'],
    },
    { boots: store.boots, log: pino({}, { write: (line: string) => void log.push(line) }) },
  );
  return {
    ...{ store, clock, folder, log },
    port: listener.port,
    close: async () => {
      await listener.close();
      rmSync(root, { recursive: true });
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** @param path sent as it is: nothing of it is made canonical. @param from the machine's own address. */
export function get(
  { port }: Pick<BootUnderTest, 'port'>,
  path: string,
  from: string | null = ADDRESS,
  options: { readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { method = 'GET', headers = {} } = options;
  const forwarded = from === null ? {} : { 'x-forwarded-for': from };
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, method, agent: false, headers: { ...forwarded, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    sent.once('error', reject);
    sent.end();
  });
}

export function anArming(change: Partial<BootArming> = {}): BootArming {
  return {
    machineUuid: 'uuid-1',
    clusterUid: 'cluster-1',
    cluster: 'edge',
    machine: 'edge-server-1',
    mac: MAC,
    network: null,
    documents: {
      kind: 'nocloud',
      userData: '#cloud-config\nhostname: edge-server-1\n',
      metaData: 'instance-id: uuid-1\n',
      vendorData: '',
      networkConfig: 'version: 2\n',
    },
    ...change,
  };
}

export function aNetworkBoot(change: Partial<BootArming> = {}): BootArming {
  const network = {
    address: ADDRESS,
    kernel: 'vmlinuz',
    initrd: 'initrd.img',
    kernelArguments: ['console=ttyS0', 'quiet'],
  };
  return anArming({ network, ...change });
}
