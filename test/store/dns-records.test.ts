import { expect, test } from '@jest/globals';
import type { DnsServer, NewDnsRecord } from '../../store/dns-port.js';
import { aStore } from './store-builder.js';

const SERVER: DnsServer = {
  ...{ address: '10.0.0.53', port: 53, zone: 'lab.internal' },
  ...{ keyName: 'ddns', keyAlgorithm: 'hmac-sha256', keySecret: 'lab-key' },
};

function aRecord(change: Partial<NewDnsRecord> = {}): NewDnsRecord {
  return {
    ...{ clusterUid: 'uid-1', cluster: 'edge', server: SERVER },
    ...{ name: 'api.edge.lab.internal', address: '10.0.0.5' },
    ...change,
  };
}

test('a record is intended before it is there, then confirmed, then forgotten', async () => {
  const { dns } = await aStore();

  await dns.intend(aRecord());
  expect(await dns.ofCluster('uid-1')).toEqual([{ ...aRecord(), state: 'intent' }]);
  await dns.confirm([aRecord()]);
  expect(await dns.ofCluster('uid-1')).toEqual([{ ...aRecord(), state: 'done' }]);
  await dns.forget([aRecord()]);
  expect(await dns.ofCluster('uid-1')).toEqual([]);
});

test('intending again keeps the state, and takes over the key that is used now', async () => {
  const { dns } = await aStore();
  await dns.intend(aRecord());
  await dns.confirm([aRecord()]);
  const server = { ...SERVER, keyName: 'ddns-2', keySecret: 'lab-key-2' };

  await dns.intend(aRecord({ server }));

  expect(await dns.ofCluster('uid-1')).toEqual([{ ...aRecord({ server }), state: 'done' }]);
});

test('only the record that is meant is confirmed or forgotten', async () => {
  const { dns } = await aStore();
  const others = [
    aRecord({ address: '10.0.0.6' }),
    aRecord({ name: 'api-int.edge.lab.internal' }),
    aRecord({ server: { ...SERVER, address: '10.0.0.54' } }),
    aRecord({ server: { ...SERVER, port: 5353 } }),
    aRecord({ server: { ...SERVER, zone: 'internal' } }),
  ];
  for (const record of [aRecord(), ...others]) await dns.intend(record);
  await dns.intend(aRecord({ clusterUid: 'uid-2' }));

  await dns.confirm([aRecord()]);
  expect((await dns.ofCluster('uid-1')).filter(({ state }) => state === 'done')).toHaveLength(1);
  await dns.forget([aRecord()]);

  expect(await dns.ofCluster('uid-1')).toHaveLength(others.length);
  expect(await dns.ofCluster('uid-2')).toEqual([{ ...aRecord({ clusterUid: 'uid-2' }), state: 'intent' }]);
});

test('confirming what nobody intended writes nothing', async () => {
  const { dns } = await aStore();

  await dns.confirm([aRecord()]);

  expect(await dns.ofCluster('uid-1')).toEqual([]);
});
