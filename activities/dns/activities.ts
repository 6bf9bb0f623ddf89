/** Records in DNS servers that are not the cluster's own: made, verified and removed by RFC 2136 with TSIG. */
import { isIPv6 } from 'node:net';
import { ClusterwrightError, fail } from '../../domain/errors.js';
import type { DnsRecord } from '../../domain/dns/dns-record.js';
import { formatAddress, parseAddress } from '../../domain/network/address.js';
import type { DnsConfiguration } from '../../domain/services/configuration.js';
import type { DnsKey } from '../../schema/configuration/dns-keys.js';
import type { DnsServer, Store } from '../../store/store.js';
import { withHeartbeats } from '../ssh/heartbeat.js';
import { openTunnel } from '../ssh/socks-tunnel.js';
import { DnsClient } from './client.js';
import { ensureName } from './ensure-name.js';
import { DNS_TIMING, type DnsTiming } from './exchange.js';
import type { MarkedCluster } from './mark.js';
import { canonicalName, isWithin } from './name.js';
import { removeName } from './remove-name.js';
import type { TsigKey } from './tsig.js';
import { type ExpectedName, verifyNames } from './verify-names.js';

const DNS_PORT = 53;

export type { DnsRecord } from '../../domain/dns/dns-record.js';

export interface DnsDependencies {
  readonly store: Pick<Store, 'dns'>;
  /** TSIG keys, by what `keySecret` of a definition names. */
  readonly keys: ReadonlyMap<string, DnsKey>;
  /** Through which the nameservers of clusters are reached, as machines are: `socks5://host:port`. */
  readonly proxyUrl: string | null;
  readonly timing?: DnsTiming;
  readonly now?: () => Date;
}

export type DnsActivities = ReturnType<typeof createDnsActivities>;

export function createDnsActivities(dependencies: DnsDependencies) {
  const { store, keys, proxyUrl, timing = DNS_TIMING, now = () => new Date() } = dependencies;
  const ledger = store.dns;
  const clientOf = (server: DnsServer, signal: AbortSignal): DnsClient =>
    new DnsClient({ endpoint: server, key: keyOf(server, keys), timing, signal, now });

  return {
    /**
     * Each name has the addresses, and no others, in the server's zone. Names that are not listed stay as they are.
     * @returns the names that were changed.
     * @throws `DNS_RECORD_TAKEN` when somebody else has a name; the ones before it have been made.
     */
    ensureRecords: (
      request: MarkedCluster & {
        readonly server: NonNullable<DnsConfiguration['server']>;
        /** A name may be there several times, each with another address. */
        readonly records: readonly DnsRecord[];
      },
    ): Promise<{ readonly changed: readonly string[] }> =>
      withHeartbeats(async (pulse) => {
        const { clusterUid, cluster } = request;
        const server = { ...request.server, zone: canonicalName(request.server.zone) };
        const names = namesIn(request.records);
        for (const { name } of names) refuseOutside(name, server.zone);
        const client = clientOf(server, pulse.signal);
        const kept = (await ledger.ofCluster(clusterUid)).filter(
          (row) => placeOf(row.server) === placeOf(server),
        );
        const changed: string[] = [];
        for (const { name, addresses } of names) {
          pulse.say(name);
          const wanted = { name, addresses, rows: kept.filter((row) => row.name === name) };
          const context = { client, server, owner: { clusterUid, cluster }, ledger };
          if (await ensureName(context, wanted)) changed.push(name);
        }
        return { changed };
      }),

    /**
     * Removes what the ledger says that was made, wherever it was made.
     * @param request `names` limits it to some; without them it is all of the cluster's.
     * @returns `left`: names that are somebody else's.
     * @throws `DNS_RECORD_TAKEN` when a record looks like ours, and lacks our mark; the others have been removed.
     */
    removeRecords: (request: {
      readonly clusterUid: string;
      readonly names?: readonly string[];
    }): Promise<{ readonly removed: readonly string[]; readonly left: readonly string[] }> =>
      withHeartbeats(async (pulse) => {
        const only = request.names?.map(canonicalName);
        const rows = (await ledger.ofCluster(request.clusterUid)).filter(
          ({ name }) => only === undefined || only.includes(name),
        );
        const outcome = { removed: [] as string[], left: [] as string[] };
        const taken: string[] = [];
        for (const [first, ...others] of grouped(rows, ({ server, name }) => `${placeOf(server)} ${name}`)) {
          const { server, name, clusterUid, cluster } = first;
          const context = {
            client: clientOf(server, pulse.signal),
            server,
            owner: { clusterUid, cluster },
            ledger,
          };
          pulse.say(name);
          try {
            outcome[await removeName(context, name, [first, ...others])].push(name);
          } catch (error) {
            if (!(error instanceof ClusterwrightError) || error.code !== 'DNS_RECORD_TAKEN') throw error;
            taken.push(error.message);
          }
        }
        if (taken.length > 0) throw fail('DNS_RECORD_TAKEN', taken.join('; '));
        return outcome;
      }),

    /**
     * Asks each nameserver for each name, as machines do; for a wildcard, by a name that nobody has asked for.
     * @throws `DNS_NOT_VERIFIED`, and what a {@link DnsClient} throws.
     */
    verifyRecords: (request: {
      readonly nameservers: readonly string[];
      /** 53 unless it is given. */
      readonly port?: number;
      readonly records: readonly DnsRecord[];
    }): Promise<void> =>
      withHeartbeats(async ({ signal }) => {
        const { nameservers, port = DNS_PORT, records } = request;
        const connect =
          proxyUrl === null
            ? {}
            : {
                connect: (endpoint: { readonly address: string; readonly port: number }) =>
                  openTunnel({ proxyUrl, ...endpoint, timeoutMs: timing.tcpTimeoutMs }),
              };
        const clients = nameservers.map((address) => ({
          label: isIPv6(address) ? `[${address}]` : address,
          client: new DnsClient({ endpoint: { address, port }, key: null, timing, signal, now, ...connect }),
        }));
        await verifyNames(clients, namesIn(records));
      }),
  };
}

/** @throws `DNS_KEY_UNKNOWN` */
function keyOf({ keyName, keyAlgorithm, keySecret }: DnsServer, keys: ReadonlyMap<string, DnsKey>): TsigKey {
  const key = keys.get(keySecret);
  const secretOf = `which holds the secret of the key "${keyName}"`;
  if (key === undefined) throw fail('DNS_KEY_UNKNOWN', `DNS_KEYS has no "${keySecret}", ${secretOf}`);
  // The server would take the signature for a forged one, and say no more than that.
  if (key.algorithm !== keyAlgorithm) {
    const detail = `DNS_KEYS has "${keySecret}", ${secretOf}, for ${key.algorithm}, and not for ${keyAlgorithm}`;
    throw fail('DNS_KEY_UNKNOWN', detail);
  }
  return { name: keyName, algorithm: keyAlgorithm, secret: key.secret };
}

/** @throws `DNS_NAME_INVALID` */
function namesIn(records: readonly DnsRecord[]): ExpectedName[] {
  return grouped(records, ({ name }) => canonicalName(name)).map(([first, ...others]) => ({
    name: canonicalName(first.name),
    addresses: [...new Set([first, ...others].map(({ address }) => canonicalAddress(address)))].toSorted(),
  }));
}

/** In the order in which each group's first one comes. */
function grouped<T>(items: readonly T[], groupOf: (item: T) => string): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const group = groups.get(groupOf(item));
    if (group === undefined) groups.set(groupOf(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

function canonicalAddress(text: string): string {
  const address = parseAddress(text);
  if (address === undefined) throw fail('DNS_NAME_INVALID', `"${text}" is no address`);
  return formatAddress(address);
}

function refuseOutside(name: string, zone: string): void {
  if (!isWithin(name, zone)) throw fail('DNS_NAME_INVALID', `${name} is not in the zone ${zone}`);
}

/** The same text for the same zone of the same server. */
function placeOf({ address, port, zone }: DnsServer): string {
  return `${address} ${port} ${zone}`;
}
