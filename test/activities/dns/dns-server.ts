/** A DNS server with one zone, as strict as RFC 2136 and RFC 8945 tell it to be, and faults that tests ask for. */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import {
  decodeMessage,
  encodeRequest,
  type Message,
  OPCODES,
  type Question,
  type ReadRecord,
  type SentRecord,
} from '../../../activities/dns/message.js';
import { isWithin } from '../../../activities/dns/name.js';
import { CLASSES, TYPES } from '../../../activities/dns/record-data.js';
import { RCODES } from '../../../activities/dns/refusals.js';
import {
  macOf,
  TSIG_ERRORS,
  type TsigKey,
  type TsigVerdict,
  verify,
  withStamp,
} from '../../../activities/dns/tsig.js';

export interface ZoneRecord {
  readonly name: string;
  readonly type: number;
  readonly ttlSeconds: number;
  readonly data: Buffer;
}

export interface DnsFaults {
  /** So many of the next updates are carried out, and nobody is told. */
  swallowedUpdates: number;
  /** So many of the next questions of any kind do not arrive. */
  lostQuestions: number;
  /** Answers over UDP that are longer are shortened. */
  longestDatagram: number;
  /** How far its clock goes ahead. */
  clockSeconds: number;
  /** Instead of what it would answer otherwise. */
  rcode: number | null;
  /** What it answers to updates, without looking at them. */
  updateRcode: number | null;
  /** Whether it answers as the zone's own server. */
  isAuthoritative: boolean;
  /** What it sends in place of an answer: several messages, or none. */
  tamper: (answer: Buffer) => readonly Buffer[];
  /** Called before each update is looked at. */
  beforeUpdate: () => void;
}

const QR = 1 << 15;
const AA = 1 << 10;
const TC = 1 << 9;

export class DnsServerForTests {
  readonly zone: string;
  readonly key: TsigKey;
  records: readonly ZoneRecord[] = [];
  readonly faults: DnsFaults = {
    ...{
      swallowedUpdates: 0,
      lostQuestions: 0,
      longestDatagram: 512,
      clockSeconds: 0,
      rcode: null,
      updateRcode: null,
    },
    ...{ isAuthoritative: true, tamper: (answer) => [answer], beforeUpdate: () => undefined },
  };
  /** Such as `udp update` and `tcp query api.lab.internal`. */
  readonly log: string[] = [];
  private readonly udp: DatagramSocket;
  private readonly tcp: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(zone: string, key: TsigKey) {
    this.zone = zone;
    this.key = key;
    this.udp = createSocket('udp4');
    this.tcp = createServer();
  }

  static async start(zone: string, key: TsigKey): Promise<DnsServerForTests> {
    const server = new DnsServerForTests(zone, key);
    server.tcp.listen(0, '127.0.0.1');
    await once(server.tcp, 'listening');
    server.udp.bind(server.port, '127.0.0.1');
    await once(server.udp, 'listening');
    server.udp.on('message', (bytes, { port, address }) => {
      for (const answer of server.handle(bytes, 'udp')) server.udp.send(answer, port, address);
    });
    server.tcp.on('connection', (socket) => server.serve(socket));
    return server;
  }

  get port(): number {
    return (this.tcp.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.udp.close();
    this.tcp.close();
    await once(this.tcp, 'close');
  }

  /** As `name type data`, with the data of addresses and texts in hexadecimal; sorted. */
  get contents(): readonly string[] {
    return this.records.map(({ name, type, data }) => `${name} ${type} ${data.toString('hex')}`).toSorted();
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      for (const answer of this.handle(received.subarray(2), 'tcp')) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        // In two parts, as networks deliver.
        socket.write(Buffer.concat([length, answer.subarray(0, 5)]));
        socket.write(answer.subarray(5));
      }
    });
  }

  private handle(bytes: Buffer, transport: 'udp' | 'tcp'): readonly Buffer[] {
    const message = decodeMessage(bytes);
    const question = message.questions[0] as Question;
    const isUpdate = message.opcode === OPCODES.UPDATE;
    this.log.push(`${transport} ${isUpdate ? 'update' : `query ${question.name}`}`);
    if (this.faults.lostQuestions > 0) {
      this.faults.lostQuestions -= 1;
      return [];
    }
    const isSigned = message.additionals.at(-1)?.type === TYPES.TSIG;
    const now = new Date(Date.now() + 1_000 * this.faults.clockSeconds);
    const verdict = isSigned ? verify(bytes, message, this.key, { now }) : undefined;
    if (verdict !== undefined && verdict.kind !== 'signed')
      return this.refuseSignature(message, verdict, now);
    const mac = verdict?.kind === 'signed' ? verdict.mac : undefined;

    const { rcode, answers } = this.answer(message, mac !== undefined);
    const flags = QR | (this.faults.isAuthoritative ? AA : 0) | (this.faults.rcode ?? rcode);
    const whole = this.encode(message, flags, answers, mac, now);
    const isLong = transport === 'udp' && whole.length > this.faults.longestDatagram;
    if (isUpdate && this.faults.swallowedUpdates > 0) {
      this.faults.swallowedUpdates -= 1;
      return [];
    }
    return this.faults.tamper(isLong ? this.encode(message, flags | TC, [], mac, now) : whole);
  }

  private encode(
    message: Message,
    flags: number,
    answers: readonly SentRecord[],
    before: Buffer | undefined,
    now: Date,
  ): Buffer {
    const opcode = message.opcode as (typeof OPCODES)[keyof typeof OPCODES];
    const plain = encodeRequest({ id: message.id, opcode, flags, questions: message.questions, answers });
    return before === undefined
      ? plain
      : this.stamp(plain, { before, now, error: 0, other: Buffer.alloc(0) });
  }

  private stamp(
    plain: Buffer,
    { before, now, error, other }: { before: Buffer; now: Date; error: number; other: Buffer },
  ): Buffer {
    const signedAt = Math.floor(now.getTime() / 1_000);
    const stamp = { algorithmName: this.key.algorithm, signedAt, fudgeSeconds: 300, error, other };
    return withStamp(plain, this.key.name, stamp, macOf(plain, this.key, stamp, before));
  }

  private refuseSignature(message: Message, verdict: TsigVerdict, now: Date): readonly Buffer[] {
    const opcode = message.opcode as (typeof OPCODES)[keyof typeof OPCODES];
    const plain = encodeRequest({
      ...{ id: message.id, opcode, flags: QR | RCODES.NOTAUTH, questions: message.questions },
    });
    const record = message.additionals.at(-1) as ReadRecord;
    if (verdict.kind === 'clock') {
      const other = Buffer.alloc(6);
      other.writeUIntBE(Math.floor(now.getTime() / 1_000), 0, 6);
      const mac = record.data.subarray(-6 - macLength(this.key), -6);
      // With the time of the one who asked, so that it can be believed (RFC 8945, section 5.2.3).
      const at = verdict.theirs;
      return [this.stamp(plain, { before: mac, now: at, error: TSIG_ERRORS.BADTIME, other })];
    }
    const isOurKey = record.name === this.key.name;
    const error = isOurKey ? TSIG_ERRORS.BADSIG : TSIG_ERRORS.BADKEY;
    const stamp = {
      algorithmName: this.key.algorithm,
      signedAt: 0,
      fudgeSeconds: 300,
      error,
      other: Buffer.alloc(0),
    };
    return [withStamp(plain, record.name, stamp, Buffer.alloc(0))];
  }

  private answer(message: Message, isSigned: boolean): { rcode: number; answers: readonly SentRecord[] } {
    const question = message.questions[0] as Question;
    if (message.opcode === OPCODES.QUERY) return this.lookUp(question);
    this.faults.beforeUpdate();
    if (this.faults.updateRcode !== null) return { rcode: this.faults.updateRcode, answers: [] };
    if (!isSigned) return { rcode: RCODES.REFUSED, answers: [] };
    return { rcode: this.update(message, question), answers: [] };
  }

  private lookUp({ name, type }: Question): { rcode: number; answers: readonly SentRecord[] } {
    if (!isWithin(name, this.zone)) return { rcode: RCODES.REFUSED, answers: [] };
    let found = this.at(name);
    if (found.length === 0) {
      const [, ...above] = name.split('.');
      found = this.at(`*.${above.join('.')}`).map((record) => ({ ...record, name }));
    }
    const answers = found
      .filter((record) => record.type === type || record.type === TYPES.CNAME)
      .map((record) => ({ ...record, class: CLASSES.IN }));
    return { rcode: found.length === 0 ? RCODES.NXDOMAIN : RCODES.NOERROR, answers };
  }

  /** RFC 2136, section 3. */
  private update(message: Message, zone: Question): number {
    if (zone.name !== this.zone || zone.type !== TYPES.SOA || zone.class !== CLASSES.IN)
      return RCODES.NOTAUTH;
    const rcode = this.firstUnmet(message.answers);
    if (rcode !== RCODES.NOERROR) return rcode;
    if (!message.authorities.every(({ name }) => isWithin(name, this.zone))) return RCODES.NOTZONE;
    for (const change of message.authorities) this.change(change);
    return RCODES.NOERROR;
  }

  private firstUnmet(prerequisites: readonly ReadRecord[]): number {
    const exact = new Map<
      string,
      { readonly name: string; readonly type: number; readonly data: string[] }
    >();
    for (const { name, type, class: class_, ttlSeconds, data } of prerequisites) {
      if (ttlSeconds !== 0) return RCODES.FORMERR;
      if (!isWithin(name, this.zone)) return RCODES.NOTZONE;
      const found = this.at(name).filter((record) => type === TYPES.ANY || record.type === type);
      if (class_ === CLASSES.NONE) {
        if (data.length > 0) return RCODES.FORMERR;
        if (found.length > 0) return type === TYPES.ANY ? RCODES.YXDOMAIN : RCODES.YXRRSET;
      } else if (class_ === CLASSES.IN) {
        const set = exact.get(`${name} ${type}`) ?? { name, type, data: [] };
        exact.set(`${name} ${type}`, { ...set, data: [...set.data, data.toString('hex')] });
      } else return RCODES.FORMERR;
    }
    for (const { name, type, data } of exact.values()) {
      const found = this.at(name).filter((record) => record.type === type);
      const has = found.map((record) => record.data.toString('hex')).toSorted();
      if (has.join() !== data.toSorted().join()) return RCODES.NXRRSET;
    }
    return RCODES.NOERROR;
  }

  private change({ name, type, class: class_, ttlSeconds, data }: ReadRecord): void {
    const others = this.records.filter(
      (record) => record.name !== name || record.type !== type || !record.data.equals(data),
    );
    this.records = class_ === CLASSES.NONE ? others : [...others, { name, type, ttlSeconds, data }];
  }

  private at(name: string): readonly ZoneRecord[] {
    return this.records.filter((record) => record.name === name);
  }
}

function macLength({ algorithm }: TsigKey): number {
  return { 'hmac-sha256': 32, 'hmac-sha384': 48, 'hmac-sha512': 64 }[algorithm];
}
