/** A DNS server with one zone, as strict as RFC 2136 and RFC 8945 tell it to be, over UDP and TCP. */
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
} from '../../activities/dns/message.js';
import { TYPES } from '../../activities/dns/record-data.js';
import { RCODES } from '../../activities/dns/refusals.js';
import {
  macOf,
  TSIG_ERRORS,
  type TsigKey,
  type TsigVerdict,
  verify,
  withStamp,
} from '../../activities/dns/tsig.js';
import type { FaultStage } from '../faults.js';
import { noFaults, type ZoneServerFaults } from './zone-server-faults.js';
import type { Zone, ZoneAnswer } from './zone.js';

export interface ZoneServerOptions {
  readonly host: string;
  /** Of UDP and TCP; 0 takes any free one. */
  readonly port: number;
  readonly zone: Zone;
  /** Updates have to be signed with it. */
  readonly key: TsigKey;
  /** Waited for before and after each update is carried out. @param update `update` and the names in it. */
  readonly hold?: (stage: FaultStage, update: string) => Promise<unknown> | undefined;
}

const QR = 1 << 15;
const AA = 1 << 10;
const TC = 1 << 9;
const NO_MAC = Buffer.alloc(0);

export class ZoneServer {
  readonly zone: Zone;
  readonly key: TsigKey;
  readonly faults: ZoneServerFaults = noFaults();
  /** Such as `udp update` and `tcp query api.lab.internal`. */
  readonly log: string[] = [];
  private readonly udp: DatagramSocket;
  private readonly tcp: Server;
  private readonly sockets = new Set<Socket>();
  private readonly hold: ZoneServerOptions['hold'];
  private isStopped = false;

  private constructor({ zone, key, hold }: ZoneServerOptions) {
    this.zone = zone;
    this.key = key;
    this.hold = hold;
    this.udp = createSocket('udp4');
    this.tcp = createServer();
  }

  static async start(options: ZoneServerOptions): Promise<ZoneServer> {
    const { host, port } = options;
    const server = new ZoneServer(options);
    server.tcp.listen(port, host);
    await once(server.tcp, 'listening');
    server.udp.bind(server.port, host);
    await once(server.udp, 'listening');
    server.udp.on('message', (bytes, from) => {
      void server.answersTo(bytes, 'udp').then((answers) => {
        if (server.isStopped) return;
        for (const answer of answers) server.udp.send(answer, from.port, from.address);
      });
    });
    server.tcp.on('connection', (socket) => server.serve(socket));
    return server;
  }

  get port(): number {
    return (this.tcp.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    for (const socket of this.sockets) socket.destroy();
    this.udp.close();
    this.tcp.close();
    await once(this.tcp, 'close');
  }

  /** Answers what is asked over a connection, one question. */
  serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sockets.delete(socket));
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      void this.answersTo(received.subarray(2), 'tcp').then((answers) => {
        for (const answer of answers) {
          const length = Buffer.alloc(2);
          length.writeUInt16BE(answer.length);
          // In two parts, as networks deliver.
          socket.write(Buffer.concat([length, answer.subarray(0, 5)]));
          socket.write(answer.subarray(5));
        }
      });
    });
  }

  private async answersTo(bytes: Buffer, transport: 'udp' | 'tcp'): Promise<readonly Buffer[]> {
    const update = updateIn(bytes);
    if (update !== undefined) await this.hold?.('before', update);
    const answers = this.handle(bytes, transport);
    if (update !== undefined) await this.hold?.('after', update);
    return answers;
  }

  private handle(bytes: Buffer, transport: 'udp' | 'tcp'): readonly Buffer[] {
    const message = messageIn(bytes);
    const question = message?.questions[0];
    // Nothing that could be answered.
    if (message === undefined || question === undefined) return [];
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

    const { rcode, answers } = this.answer(message, question, mac !== undefined);
    const flags = QR | (this.faults.isAuthoritative ? AA : 0) | (this.faults.rcode ?? rcode);
    const whole = this.encode(message, flags, answers, mac, now);
    const isLong = transport === 'udp' && whole.length > this.faults.longestDatagram;
    if (isUpdate && this.faults.swallowedUpdates > 0) {
      this.faults.swallowedUpdates -= 1;
      return [];
    }
    return this.faults.tamper(isLong ? this.encode(message, flags | TC, [], mac, now) : whole);
  }

  private answer(message: Message, question: Question, isSigned: boolean): ZoneAnswer {
    if (message.opcode === OPCODES.QUERY) return this.zone.lookUp(question);
    this.faults.beforeUpdate();
    if (this.faults.updateRcode !== null) return { rcode: this.faults.updateRcode, answers: [] };
    if (!isSigned) return { rcode: RCODES.REFUSED, answers: [] };
    return { rcode: this.zone.update(message), answers: [] };
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
    return before === undefined ? plain : this.stamp(plain, { before, now, error: 0, other: NO_MAC });
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
    const algorithmName = this.key.algorithm;
    const stamp = { algorithmName, signedAt: 0, fudgeSeconds: 300, error, other: NO_MAC };
    return [withStamp(plain, record.name, stamp, NO_MAC)];
  }
}

/** @returns `undefined` for anything else. */
function updateIn(bytes: Buffer): string | undefined {
  const message = messageIn(bytes);
  if (message?.opcode !== OPCODES.UPDATE) return undefined;
  return ['update', ...new Set(message.authorities.map(({ name }) => name))].join(' ');
}

function messageIn(bytes: Buffer): Message | undefined {
  try {
    return decodeMessage(bytes);
  } catch {
    return undefined;
  }
}

function macLength({ algorithm }: TsigKey): number {
  return { 'hmac-sha256': 32, 'hmac-sha384': 48, 'hmac-sha512': 64 }[algorithm];
}
