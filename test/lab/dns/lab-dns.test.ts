import { afterEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DnsClient } from '../../../activities/dns/client.js';
import { DNS_TIMING } from '../../../activities/dns/exchange.js';
import { TYPES } from '../../../activities/dns/record-data.js';
import { addAddress } from '../../../activities/dns/update.js';
import { startLabDns, type LabDns } from '../../../lab/dns/lab-dns.js';
import { LabNetwork } from '../../../lab/network/lab-network.js';
import { LabState } from '../../../lab/state.js';
import { dnsKeys } from '../../../schema/configuration/dns-keys.js';

const NAME = 'api.demo.lab.internal';

const started: LabDns[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const dns of started.splice(0)) await dns.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function start(state: LabState): Promise<LabDns> {
  const dns = await startLabDns({ host: '127.0.0.1', port: 0, state });
  started.push(dns);
  return dns;
}

function clientOf(dns: LabDns): DnsClient {
  const [address = '', port] = dns.address.split(':');
  const key = dnsKeys.parse(dns.keys).get('clusterwright');
  if (key === undefined) throw new Error('there is no key');
  return new DnsClient({
    endpoint: { address, port: Number(port) },
    key: { name: 'clusterwright', ...key },
    timing: DNS_TIMING,
    signal: new AbortController().signal,
    now: () => new Date(),
  });
}

async function addName(dns: LabDns): Promise<void> {
  const outcome = await clientOf(dns).update('lab.internal', {
    prerequisites: [],
    changes: [addAddress(NAME, '10.1.107.9', 60)],
  });
  expect(outcome).toBe('done');
}

describe('the DNS server of the lab', () => {
  test('takes a record by the key that it gives out, and machines are told of it', async () => {
    const dns = await start(new LabState(null));
    expect(dns.names.answer({ name: NAME, type: 'A' }, 1)).toEqual({ kind: 'no-such-name' });

    await addName(dns);

    expect(dns.names.answer({ name: NAME, type: 'A' }, 1)).toEqual({
      kind: 'records',
      records: [{ name: NAME, type: 'A', value: '10.1.107.9' }],
    });
    expect(dns.names.answer({ name: NAME, type: 'AAAA' }, 1)).toEqual({ kind: 'records', records: [] });
  });

  test('leaves the names of the Internet as they are', async () => {
    const { names } = await start(new LabState(null));

    for (const name of ['get.k3s.io', 'mirror.lab.internal'])
      expect(names.answer({ name, type: 'A' }, 1)).toMatchObject({ records: [{ name, type: 'A' }] });
  });

  test('has zone and key after a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lab-dns-'));
    folders.push(folder);
    const state = new LabState(folder);
    const before = await start(state);
    await addName(before);
    state.flush();

    const after = await start(new LabState(folder));

    expect([after.contents(), after.keys]).toEqual([before.contents(), before.keys]);
    expect(after.contents()).toHaveLength(2);
  });

  test('is reached through the entrance of the lab at the address of the router', async () => {
    const dns = await start(new LabState(null));
    const network = new LabNetwork();

    dns.serveIn(network);

    expect(network.handlerAt('10.1.107.1', 53)).toBeDefined();
  });
});

test('an update that deletes whole names is refused, and nothing of it is done', async () => {
  const dns = await start(new LabState(null));
  const before = dns.contents();
  const whole = { name: 'printer.lab.internal', type: TYPES.ANY, class: 255, ttlSeconds: 0 };

  await expect(
    clientOf(dns).update('lab.internal', {
      prerequisites: [],
      changes: [addAddress(NAME, '10.1.107.9', 60), { ...whole, data: Buffer.alloc(0) }],
    }),
  ).rejects.toMatchObject({ message: expect.stringContaining('FORMERR') as unknown });

  expect(dns.contents()).toEqual(before);
});
