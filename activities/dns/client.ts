/** Questions and updates to one DNS server, and what its answers mean. */
import { randomInt } from 'node:crypto';
import { fail } from '../../domain/errors.js';
import { readAnswer } from './answer.js';
import { type DnsEndpoint, exchange, type ExchangeOptions, type Judgement } from './exchange.js';
import {
  encodeRequest,
  type Message,
  OPCODES,
  type ReadRecord,
  RECURSION_DESIRED,
  type Request,
  type SentRecord,
} from './message.js';
import { CLASSES, TYPES } from './record-data.js';
import { answerFailure, RCODES, rcodeName, signatureFailure } from './refusals.js';
import { sign, type TsigKey, verify } from './tsig.js';

export interface DnsClientOptions extends ExchangeOptions {
  readonly endpoint: DnsEndpoint;
  /** Signs what is asked, and has to have signed the answers; `null` asks as anybody can. */
  readonly key: TsigKey | null;
  readonly now: () => Date;
}

/** How an update ended. */
export type UpdateOutcome =
  | 'done'
  /** Nothing was changed: something is there that must not be. */
  | 'exists'
  /** Nothing was changed: something is missing that has to be there. */
  | 'missing';

export class DnsClient {
  private readonly options: DnsClientOptions;

  constructor(options: DnsClientOptions) {
    this.options = options;
  }

  /**
   * The records that the server gives as its answer, without asking others.
   * @throws `DNS_REFUSED` also when the server does not have the name's zone; see {@link ask} for others.
   */
  async lookUp(name: string, type: number): Promise<readonly ReadRecord[]> {
    const message = await this.query(name, type, 0);
    if (!message.isAuthoritative)
      throw fail('DNS_REFUSED', `${this.where} does not hold the zone of ${name}`);
    return message.answers;
  }

  /** The records that the server gives to a client that lets it find out; see {@link ask} for what it throws. */
  async resolve(name: string, type: number): Promise<readonly ReadRecord[]> {
    return (await this.query(name, type, RECURSION_DESIRED)).answers;
  }

  /**
   * Makes all changes, or none where a prerequisite does not hold. When it throws it may have made them: look.
   * @throws see {@link ask}
   */
  async update(
    zone: string,
    {
      prerequisites,
      changes,
    }: { readonly prerequisites: readonly SentRecord[]; readonly changes: readonly SentRecord[] },
  ): Promise<UpdateOutcome> {
    const message = await this.ask({
      id: randomInt(0x1_0000),
      opcode: OPCODES.UPDATE,
      questions: [{ name: zone, type: TYPES.SOA, class: CLASSES.IN }],
      answers: prerequisites,
      authorities: changes,
    });
    switch (message.rcode) {
      case RCODES.NOERROR:
        return 'done';
      case RCODES.YXDOMAIN:
      case RCODES.YXRRSET:
        return 'exists';
      case RCODES.NXDOMAIN:
      case RCODES.NXRRSET:
        return 'missing';
      default:
        throw answerFailure(message.rcode, `${this.where}: update of the zone "${zone}"`);
    }
  }

  private async query(name: string, type: number, flags: number): Promise<Message> {
    const questions = [{ name, type, class: CLASSES.IN }];
    const message = await this.ask({ id: randomInt(0x1_0000), opcode: OPCODES.QUERY, flags, questions });
    const isAnswer = message.rcode === RCODES.NOERROR || message.rcode === RCODES.NXDOMAIN;
    if (!isAnswer) throw answerFailure(message.rcode, `${this.where}: query for ${name}`);
    return message;
  }

  /**
   * @throws `DNS_UNREACHABLE`, `DNS_ANSWER_INVALID`, `DNS_KEY_REFUSED`, `DNS_CLOCK_SKEW`, `DNS_REFUSED`, `DNS_FAILED`,
   * `DNS_NAME_INVALID`
   */
  private ask(request: Request): Promise<Message> {
    const { key, now, endpoint } = this.options;
    const plain = encodeRequest(request);
    const signed = key === null ? undefined : sign(plain, key, now());
    const judge = (bytes: Buffer): Judgement<Message> => {
      const message = readAnswer(bytes, request);
      if (typeof message === 'string') return { kind: 'ignored', reason: message };
      if (message.isTruncated) return { kind: 'truncated' };
      if (key === null || signed === undefined) return { kind: 'taken', value: message };
      const verdict = verify(bytes, message, key, { before: signed.mac, now: now() });
      switch (verdict.kind) {
        case 'signed':
          return { kind: 'taken', value: message };
        case 'unsigned':
          return {
            kind: 'ignored',
            reason: `an answer (${rcodeName(message.rcode)}) came, but ${verdict.reason}`,
          };
        case 'refused':
        case 'clock':
          return { kind: 'failed', error: signatureFailure(verdict, { where: this.where, key, now: now() }) };
      }
    };
    return exchange(signed?.bytes ?? plain, endpoint, judge, this.options);
  }

  private get where(): string {
    const { address, port } = this.options.endpoint;
    return `${address} port ${port}`;
  }
}
