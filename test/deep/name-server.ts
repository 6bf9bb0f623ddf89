/** BIND 9 with one zone that two keys know, and one may change. */
import type { ChildProcess } from 'node:child_process';
import type { DnsKey } from '../../schema/configuration/dns-keys.js';
import { debianRoot } from './debian-root.js';
import { DnsRelay } from './dns-relay.js';
import { Host, untilSays } from './host.js';

export const ZONE = 'lab.internal';
const SECRETS = {
  ddns: Buffer.alloc(32, 'd'),
  ddns384: Buffer.alloc(48, 'e'),
  ddns512: Buffer.alloc(64, 'f'),
  reader: Buffer.alloc(32, 'r'),
} as const;
const ALGORITHMS = {
  ddns: 'hmac-sha256',
  ddns384: 'hmac-sha384',
  ddns512: 'hmac-sha512',
  reader: 'hmac-sha256',
} as const;

/** As the worker is told of them. */
export const TSIG_KEYS: ReadonlyMap<string, DnsKey> = new Map(
  (Object.keys(SECRETS) as (keyof typeof SECRETS)[]).map((name) => [
    name,
    { algorithm: ALGORITHMS[name], secret: SECRETS[name] },
  ]),
);

const KEYS = (Object.keys(SECRETS) as (keyof typeof SECRETS)[]).map(
  (name) =>
    `key "${name}" { algorithm ${ALGORITHMS[name]}; secret "${SECRETS[name].toString('base64')}"; };\n`,
);

const CONFIGURATION = `${KEYS.join('')}
options {
  directory "/var/cache/bind";
  listen-on port 53 { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  allow-transfer { key "ddns"; };
};
zone "${ZONE}" {
  type primary;
  file "/var/lib/bind/lab.zone";
  update-policy { grant ddns zonesub ANY; grant ddns384 zonesub ANY; grant ddns512 zonesub ANY; };
};
`;

/** What was there before: names of hosts, and a wildcard for all that has none. */
const CONTENTS = `$TTL 300
@ IN SOA ns hostmaster 1 3600 600 86400 60
@ IN NS ns
ns IN A 127.0.0.1
web IN A 10.9.0.1
web IN TXT "hands off"
alias.demo IN CNAME web
taken.demo IN A 10.9.0.2
* IN A 10.9.0.99
* IN TXT "whatever you ask for"
`;

export interface NameServer {
  readonly host: Host;
  readonly relay: DnsRelay;
  /** All records but the zone's own, as a transfer gives them, sorted. */
  contents(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export async function startNameServer(): Promise<NameServer> {
  const host = await Host.start(await debianRoot());
  await host.sh('cat > /etc/bind/named.conf', CONFIGURATION);
  await host.sh('cat > /var/lib/bind/lab.zone', CONTENTS);
  await host.sh('mkdir -p /run/named; chown -R bind:bind /run/named /var/lib/bind /var/cache/bind');
  await host.sh('named-checkconf -z /etc/bind/named.conf');
  const named: ChildProcess = host.spawn('named', '-g', '-u', 'bind', '-c', '/etc/bind/named.conf');
  await untilSays(named, 'running');
  const relay = await DnsRelay.start(host);
  const key = `hmac-sha256:ddns:${SECRETS.ddns.toString('base64')}`;
  return {
    ...{ host, relay },
    contents: async () => {
      const { stdout } = await host.run(
        'dig',
        '@127.0.0.1',
        ZONE,
        'AXFR',
        '-y',
        key,
        '+onesoa',
        '+nocomments',
      );
      const lines = stdout.split('\n').map((line) => line.split(/\s+/));
      return lines
        .filter(
          ([name = '', , , type]) =>
            name !== '' && !name.startsWith(';') && type !== 'SOA' && type !== 'TSIG',
        )
        .map((words) => words.join(' '))
        .toSorted();
    },
    stop: async () => {
      relay.close();
      await host.stop();
    },
  };
}
