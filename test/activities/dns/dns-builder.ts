/** A server with a zone, the activities that change it, and records that were there before. */
import { afterEach } from '@jest/globals';
import {
  createDnsActivities,
  type DnsDependencies,
  type DnsRecord,
} from '../../../activities/dns/activities.js';
import { markName, markText } from '../../../activities/dns/mark.js';
import { encodeAddress, encodeText, TYPES } from '../../../activities/dns/record-data.js';
import type { TsigAlgorithm } from '../../../domain/services/configuration.js';
import type { DnsRecordRow, Store } from '../../../store/store.js';
import { aStore } from '../../store/store-builder.js';
import { anEnvironment } from '../proxmox/environment.js';
import { ZoneServer } from '../../../lab/dns/zone-server.js';
import { Zone, type ZoneRecord } from '../../../lab/dns/zone.js';

export const ZONE = 'lab.internal';
export const SECRET = Buffer.from('0123456789abcdef0123456789abcdef');
export const CLUSTER = { clusterUid: 'uid-1', cluster: 'demo' };
export const OTHER = { clusterUid: 'uid-2', cluster: 'demo' };
export const RECORDS: readonly DnsRecord[] = [
  { name: 'api.demo.lab.internal', address: '10.0.0.5' },
  { name: 'api-int.demo.lab.internal', address: '10.0.0.5' },
  { name: '*.apps.demo.lab.internal', address: '10.0.0.6' },
];

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

export interface DnsWorld {
  readonly dns: ZoneServer;
  readonly store: Store;
  /** Where the records go, as a definition says it. */
  readonly server: ReturnType<typeof serverOf>;
  readonly ensure: (
    records?: readonly DnsRecord[],
    cluster?: typeof CLUSTER,
  ) => Promise<{ readonly changed: readonly string[] }>;
  readonly remove: (
    names?: readonly string[],
  ) => Promise<{ readonly removed: readonly string[]; readonly left: readonly string[] }>;
  readonly verify: (records?: readonly DnsRecord[]) => Promise<void>;
  readonly ledger: () => Promise<readonly DnsRecordRow[]>;
}

export async function aDnsWorld(
  options: Partial<DnsDependencies> & { readonly algorithm?: TsigAlgorithm } = {},
): Promise<DnsWorld> {
  const { algorithm = 'hmac-sha256', ...dependencies } = options;
  const key = { name: 'ddns', algorithm, secret: SECRET };
  const dns = await ZoneServer.start({ host: '127.0.0.1', port: 0, zone: new Zone(ZONE), key });
  cleanups.push(() => dns.stop());
  const store = await aStore();
  const activities = createDnsActivities({
    ...{ store, keys: new Map([['lab-key', { algorithm, secret: SECRET }]]), proxyUrl: null },
    timing: { udpTimeoutMs: 2_000, udpAttempts: 3, tcpTimeoutMs: 5_000 },
    ...dependencies,
  });
  const server = serverOf(dns, algorithm);
  const run = <T>(work: () => Promise<T>): Promise<T> => anEnvironment().run(work) as Promise<T>;
  return {
    ...{ dns, store, server },
    ensure: (records = RECORDS, cluster = CLUSTER) =>
      run(() => activities.ensureRecords({ ...cluster, server, records })),
    remove: (names) =>
      run(() =>
        activities.removeRecords({
          clusterUid: CLUSTER.clusterUid,
          ...(names === undefined ? {} : { names }),
        }),
      ),
    verify: (records = RECORDS) =>
      run(() => activities.verifyRecords({ nameservers: ['127.0.0.1'], port: dns.port, records })),
    ledger: () => store.dns.ofCluster(CLUSTER.clusterUid),
  };
}

function serverOf({ port }: ZoneServer, keyAlgorithm: TsigAlgorithm) {
  return {
    ...{ address: '127.0.0.1', port, zone: ZONE, ttlSeconds: 60 },
    ...{ keyName: 'ddns', keyAlgorithm, keySecret: 'lab-key' },
  };
}

export function anAddress(name: string, address: string): ZoneRecord {
  return { name, type: TYPES.A, ttlSeconds: 60, data: encodeAddress(address) };
}

export function aText(name: string, text: string): ZoneRecord {
  return { name, type: TYPES.TXT, ttlSeconds: 60, data: encodeText(text) };
}

export function aMark(name: string, cluster: typeof CLUSTER = CLUSTER): ZoneRecord {
  return aText(markName(name), markText(cluster));
}
