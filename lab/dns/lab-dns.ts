/** The DNS server of the lab: the primary of one zone, and whom machines ask as the name server of their network. */
import { randomBytes } from 'node:crypto';
import { isWithin } from '../../activities/dns/name.js';
import { dataText, encodeAddress, TYPES } from '../../activities/dns/record-data.js';
import type { DnsRecord, DnsServer, RecordType } from '../guest/networking/dns.js';
import { internetNames } from '../guest/networking/internet-names.js';
import type { Faults, FaultStage } from '../faults.js';
import type { LabNetwork } from '../network/lab-network.js';
import type { LabState } from '../state.js';
import { Zone, type ZoneRecord } from './zone.js';
import { ZoneServer } from './zone-server.js';

export interface LabDns {
  /** How the service reaches it: `127.0.0.1:8053`. */
  readonly address: string;
  /** As `DNS_KEYS` has them. */
  readonly keys: string;
  /** For machines that ask beyond their router. */
  readonly names: DnsServer;
  /** Lets those who come in by the lab's entrance ask it at the router's address, by TCP. */
  serveIn(network: LabNetwork): void;
  contents(): readonly string[];
  close(): Promise<void>;
}

export interface LabDnsOptions {
  readonly host: string;
  readonly port: number;
  readonly state: LabState;
  readonly faults?: Faults;
}

type SavedRecord = Omit<ZoneRecord, 'data'> & { readonly hex: string };

const ZONE = 'lab.internal';
const KEY_NAME = 'clusterwright';
const ALGORITHM = 'hmac-sha256';
const KEY_BYTES = 32;
/** The first address of the machines' network, as in `lab/guest/networking/topology.ts`. */
const ROUTER = '10.1.107.1';
const DNS_PORT = 53;
const SAVED_ZONE = 'dns/zone';
const SAVED_KEY = 'dns/key';

/** What somebody else keeps in the zone. */
const FOREIGN: ZoneRecord = {
  name: `printer.${ZONE}`,
  type: TYPES.A,
  ttlSeconds: 3_600,
  data: encodeAddress('10.1.3.9'),
};

const TYPES_OF: Partial<Record<RecordType, number>> = {
  A: TYPES.A,
  AAAA: TYPES.AAAA,
  CNAME: TYPES.CNAME,
  TXT: TYPES.TXT,
};

/** Zone and key are kept across restarts of the lab, as a server keeps them on its disk. */
export async function startLabDns({ host, port, state, faults }: LabDnsOptions): Promise<LabDns> {
  const saved = state.load<readonly SavedRecord[]>(SAVED_ZONE);
  const records = saved?.map(({ hex, ...record }) => ({ ...record, data: Buffer.from(hex, 'hex') }));
  const zone: Zone = new Zone(ZONE, records ?? [FOREIGN], () =>
    state.save(SAVED_ZONE, () =>
      zone.records.map(({ data, ...record }) => ({ ...record, hex: data.toString('hex') })),
    ),
  );
  const secret = keptSecret(state);
  const key = { name: KEY_NAME, algorithm: ALGORITHM, secret } as const;
  const hold = (stage: FaultStage, subject: string): Promise<unknown> | undefined =>
    faults?.at('dns', stage, subject);
  const server = await ZoneServer.start({ host, port, zone, key, hold });
  return {
    address: `${host}:${server.port}`,
    keys: `${KEY_NAME}=${ALGORITHM}:${secret.toString('base64')}`,
    names: namesOf(zone),
    serveIn: (network) => {
      network.attach(ROUTER);
      network.listen(ROUTER, DNS_PORT, (socket) => server.serve(socket));
    },
    contents: () => zone.contents,
    close: () => server.stop(),
  };
}

function keptSecret(state: LabState): Buffer {
  const saved = state.load<string>(SAVED_KEY);
  if (saved !== undefined) return Buffer.from(saved, 'base64');
  const secret = randomBytes(KEY_BYTES);
  state.save(SAVED_KEY, () => secret.toString('base64'));
  return secret;
}

/** The zone, and for all names that it does not have the hosts of the lab's Internet. */
export function namesOf(zone: Zone): DnsServer {
  return {
    answer: (question, hops) => {
      const type = TYPES_OF[question.type];
      if (type === undefined || !isWithin(question.name, zone.name))
        return internetNames.answer(question, hops);
      const { rcode, answers } = zone.lookUp({ name: question.name, type });
      if (rcode !== 0) return internetNames.answer(question, hops);
      return { kind: 'records', records: answers.map(readable) };
    },
  };
}

function readable({ name, type, data }: ZoneRecord): DnsRecord {
  const [known] = Object.entries(TYPES_OF).find(([, code]) => code === type) ?? [];
  return { name, type: known as RecordType, value: dataText(data, type, 0, data.length) };
}
