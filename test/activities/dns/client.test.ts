import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { DnsClient, type DnsClientOptions } from '../../../activities/dns/client.js';
import { createDnsActivities } from '../../../activities/dns/activities.js';
import { decodeMessage, encodeRequest, OPCODES } from '../../../activities/dns/message.js';
import { TYPES } from '../../../activities/dns/record-data.js';
import { RCODES } from '../../../activities/dns/refusals.js';
import type { TsigKey } from '../../../activities/dns/tsig.js';
import { addAddress, addText } from '../../../activities/dns/update.js';
import { startSocksServer } from '../../../lab/network/socks-server.js';
import { LabNetwork } from '../../../lab/network/lab-network.js';
import { aStore } from '../../store/store-builder.js';
import { anEnvironment } from '../proxmox/environment.js';
import { anAddress, aText, SECRET, ZONE } from './dns-builder.js';
import { ZoneServer } from '../../../lab/dns/zone-server.js';
import { Zone } from '../../../lab/dns/zone.js';

const NAME = `api.${ZONE}`;
const KEY: TsigKey = { name: 'ddns', algorithm: 'hmac-sha256', secret: SECRET };
/** Longer than anything takes here. */
const TIMING = { udpTimeoutMs: 5_000, udpAttempts: 3, tcpTimeoutMs: 5_000 };
/** For what never comes. */
const IMPATIENT = { timing: { udpTimeoutMs: 200, udpAttempts: 3, tcpTimeoutMs: 2_000 } };

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function aServer(): Promise<ZoneServer> {
  const dns = await ZoneServer.start({ host: '127.0.0.1', port: 0, zone: new Zone(ZONE), key: KEY });
  cleanups.push(() => dns.stop());
  dns.zone.records = [anAddress(NAME, '10.0.0.5')];
  return dns;
}

function aClient({ port }: { readonly port: number }, change: Partial<DnsClientOptions> = {}): DnsClient {
  return new DnsClient({
    ...{ endpoint: { address: '127.0.0.1', port }, key: KEY, timing: TIMING, now: () => new Date() },
    signal: new AbortController().signal,
    ...change,
  });
}

async function lookUp(client: DnsClient): Promise<readonly string[]> {
  return (await client.lookUp(NAME, TYPES.A)).map(({ text }) => text);
}

const update = (client: DnsClient, changes = [addAddress(NAME, '10.0.0.6', 60)], zone = ZONE) =>
  client.update(zone, { prerequisites: [], changes });

/** Something that answers by UDP whatever it likes. */
async function aStranger(
  answer: (question: Buffer) => readonly Buffer[],
): Promise<{ readonly port: number }> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.on('message', (question, { port, address }) => {
    for (const bytes of answer(question)) socket.send(bytes, port, address);
  });
  cleanups.push(() => {
    socket.close();
  });
  return { port: socket.address().port };
}

describe('over UDP and TCP', () => {
  test('a short question goes over UDP', async () => {
    const dns = await aServer();

    expect(await lookUp(aClient(dns))).toEqual(['10.0.0.5']);
    expect(dns.log).toEqual([`udp query ${NAME}`]);
  });

  test('an answer that was shortened is asked for over TCP', async () => {
    const dns = await aServer();
    const mark = `mark.${ZONE}`;
    dns.zone.records = ['a', 'b', 'c'].map((letter) => aText(mark, letter.repeat(250)));

    const found = await aClient(dns).lookUp(mark, TYPES.TXT);

    expect(found.map(({ text }) => text[0])).toEqual(['a', 'b', 'c']);
    expect(dns.log).toEqual([`udp query ${mark}`, `tcp query ${mark}`]);
  });

  test('a long update goes over TCP at once', async () => {
    const dns = await aServer();
    const changes = ['a', 'b', 'c'].map((letter) => addText(NAME, letter.repeat(200), 60));

    expect(await update(aClient(dns), changes)).toBe('done');
    expect(dns.log).toEqual(['tcp update']);
    expect(dns.zone.records).toHaveLength(4);
  });

  test('a question that was lost is asked again', async () => {
    const dns = await aServer();
    dns.faults.lostQuestions = 2;

    expect(await lookUp(aClient(dns, IMPATIENT))).toEqual(['10.0.0.5']);
    expect(dns.log).toHaveLength(3);
  });

  test('a server that is silent, or not there, is told after as many attempts as were asked for', async () => {
    const dns = await aServer();
    dns.faults.lostQuestions = Infinity;
    const gone = { port: dns.port };

    await expect(lookUp(aClient(dns, IMPATIENT))).rejects.toMatchObject({
      code: 'DNS_UNREACHABLE',
      message: `127.0.0.1 port ${dns.port}: no answer to 3 questions, 200 ms each`,
    });
    expect(dns.log).toHaveLength(3);
    await cleanups.splice(0)[0]?.();
    await expect(lookUp(aClient(gone, IMPATIENT))).rejects.toMatchObject({ code: 'DNS_UNREACHABLE' });
    const overTcp = update(
      aClient(gone),
      ['a', 'b', 'c'].map((letter) => addText(NAME, letter.repeat(200), 60)),
    );
    await expect(overTcp).rejects.toMatchObject({
      code: 'DNS_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('a server that takes connections and says nothing, or hangs up, is told', async () => {
    const long = ['a', 'b', 'c'].map((letter) => addText(NAME, letter.repeat(200), 60));
    const server = createServer((socket) => socket.once('data', () => socket.end(Buffer.of(0, 9, 1))));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => {
      server.close();
    });
    const { port } = server.address() as AddressInfo;

    await expect(update(aClient({ port }), long)).rejects.toMatchObject({
      code: 'DNS_UNREACHABLE',
      message: expect.stringContaining('closed before the answer came'),
    });
    server.removeAllListeners('connection').on('connection', (socket) => socket.resume());
    const patient = aClient({ port }, { timing: { ...TIMING, tcpTimeoutMs: 50 } });
    await expect(update(patient, long)).rejects.toThrow('no answer over TCP in 50 ms');
  });

  test('waiting ends when it is told to, with its reason', async () => {
    const dns = await aServer();
    dns.faults.lostQuestions = Infinity;
    const controller = new AbortController();
    const client = aClient(dns, { signal: controller.signal, timing: { ...TIMING, udpTimeoutMs: 60_000 } });

    const asking = lookUp(client);
    controller.abort(new Error('cancelled'));

    await expect(asking).rejects.toThrow('cancelled');
    await expect(lookUp(client)).rejects.toThrow('cancelled');
  });

  test('through a proxy, all goes over TCP', async () => {
    const dns = await aServer();
    const network = new LabNetwork();
    const proxy = await startSocksServer({ host: '127.0.0.1', port: 0, network, unreachableAfterMs: 0 });
    cleanups.push(() => proxy.close());
    network.attach('10.1.0.53');
    network.listen('10.1.0.53', dns.port, (near) => near.pipe(connect(dns.port, '127.0.0.1')).pipe(near));
    const { verifyRecords } = createDnsActivities({
      ...{ store: await aStore(), keys: new Map(), proxyUrl: proxy.url, timing: TIMING },
    });
    const records = [{ name: NAME, address: '10.0.0.5' }];

    await anEnvironment().run(() => verifyRecords({ nameservers: ['10.1.0.53'], port: dns.port, records }));

    expect(dns.log).toEqual([`tcp query ${NAME}`]);
    const elsewhere = anEnvironment().run(() =>
      verifyRecords({ nameservers: ['10.1.0.99'], port: 53, records }),
    );
    await expect(elsewhere).rejects.toMatchObject({ code: 'DNS_UNREACHABLE' });
  });
});

describe('only the answer is taken', () => {
  test.each<readonly [string, (answer: Buffer) => Buffer]>([
    ['another identifier', (answer) => Buffer.concat([Buffer.of((answer[0] ?? 0) ^ 1), answer.subarray(1)])],
    [
      'what was asked, sent back',
      (answer) => Buffer.concat([answer.subarray(0, 2), Buffer.of(0), answer.subarray(3)]),
    ],
    ['no message', () => Buffer.from('hello')],
    [
      'another content, with the signature of ours',
      (answer) => Buffer.from(answer.toString('hex').replace('0a000005', '0a000009'), 'hex'),
    ],
    ['no signature', (answer) => unsignedOf(answer)],
  ])('the answer is waited for when this comes before it: %s', async (_, forge) => {
    const dns = await aServer();
    dns.faults.tamper = (answer) => [forge(answer), answer];

    expect(await lookUp(aClient(dns))).toEqual(['10.0.0.5']);
    expect(dns.log).toHaveLength(1);
  });

  test('when only something else comes, it is told why it was not taken', async () => {
    const dns = await aServer();
    dns.faults.tamper = (answer) => [unsignedOf(answer)];

    await expect(lookUp(aClient(dns, IMPATIENT))).rejects.toMatchObject({
      code: 'DNS_ANSWER_INVALID',
      message: `127.0.0.1 port ${dns.port}: an answer (NOERROR) came, but it is not signed`,
    });
  });

  test('nothing is taken from another port, though it has all that an answer has', async () => {
    const [asked, other] = [createSocket('udp4'), createSocket('udp4')];
    cleanups.push(() => {
      asked.close();
      other.close();
    });
    asked.bind(0, '127.0.0.1');
    await once(asked, 'listening');
    const answerWith = (question: Buffer, address: string): Buffer => {
      const { id, questions } = decodeMessage(question);
      const answers = [addAddress(NAME, address, 60)];
      return encodeRequest({ id, opcode: OPCODES.QUERY, flags: 0x8400, questions, answers });
    };
    asked.on('message', (question, { port, address }) => {
      other.send(answerWith(question, '10.9.9.9'), port, address, () =>
        asked.send(answerWith(question, '10.0.0.5'), port, address),
      );
    });

    expect(await lookUp(aClient(asked.address(), { key: null }))).toEqual(['10.0.0.5']);
  });

  test('bytes of any kind end in a told error', async () => {
    const stranger = await aStranger((question) => [
      Buffer.alloc(0),
      question.subarray(0, 7),
      Buffer.alloc(600, 0xc0),
    ]);

    await expect(lookUp(aClient(stranger, IMPATIENT))).rejects.toMatchObject({ code: 'DNS_ANSWER_INVALID' });
  });
});

describe('what a server says no to', () => {
  test('a key that it does not know, and another secret', async () => {
    const dns = await aServer();

    await expect(lookUp(aClient(dns, { key: { ...KEY, name: 'other' } }))).rejects.toMatchObject({
      code: 'DNS_KEY_REFUSED',
      message: `127.0.0.1 port ${dns.port}: BADKEY for the key "other" (hmac-sha256)`,
    });
    await expect(
      lookUp(aClient(dns, { key: { ...KEY, secret: Buffer.from('wrong') } })),
    ).rejects.toMatchObject({
      code: 'DNS_KEY_REFUSED',
      message: `127.0.0.1 port ${dns.port}: BADSIG for the key "ddns" (hmac-sha256)`,
    });
  });

  test.each([900, -900])('a clock that is %i seconds ahead of ours', async (seconds) => {
    const dns = await aServer();
    dns.faults.clockSeconds = seconds;
    const now = new Date();
    const theirs = new Date(Math.floor(now.getTime() / 1_000 + seconds) * 1_000).toISOString().slice(0, 16);

    const looking = lookUp(aClient(dns, { now: () => now }));

    await expect(looking).rejects.toMatchObject({
      code: 'DNS_CLOCK_SKEW',
      message: expect.stringMatching(new RegExp(`it is ${theirs}.* there and ${now.toISOString()} here`)),
    });
  });

  test.each([
    [RCODES.REFUSED, 'DNS_REFUSED', 'REFUSED'],
    [RCODES.NOTAUTH, 'DNS_REFUSED', 'NOTAUTH'],
    [RCODES.NOTIMP, 'DNS_REFUSED', 'NOTIMP'],
    [RCODES.SERVFAIL, 'DNS_FAILED', 'SERVFAIL'],
    [11, 'DNS_REFUSED', 'RCODE 11'],
  ])('with the code %i', async (rcode, code, text) => {
    const dns = await aServer();
    dns.faults.rcode = rcode;

    await expect(update(aClient(dns))).rejects.toMatchObject({
      code,
      message: `127.0.0.1 port ${dns.port}: update of the zone "${ZONE}": ${text}`,
    });
    await expect(lookUp(aClient(dns))).rejects.toMatchObject({ code });
  });

  test('a zone that it does not have', async () => {
    const dns = await aServer();

    await expect(update(aClient(dns), [], 'other.internal')).rejects.toMatchObject({ code: 'DNS_REFUSED' });
    dns.faults.isAuthoritative = false;
    await expect(lookUp(aClient(dns))).rejects.toMatchObject({
      code: 'DNS_REFUSED',
      message: `127.0.0.1 port ${dns.port} does not hold the zone of ${NAME}`,
    });
  });
});

/** The same answer without its last record. */
function unsignedOf(answer: Buffer): Buffer {
  const start = answer.indexOf(Buffer.from('\u0004ddns\0', 'latin1'));
  const unsigned = Buffer.from(answer.subarray(0, start));
  unsigned.writeUInt16BE(0, 10);
  return unsigned;
}
