import { describe, expect, test } from '@jest/globals';
import { TYPES } from '../../../activities/dns/record-data.js';
import { RCODES } from '../../../activities/dns/refusals.js';
import { encodeName } from '../../../activities/dns/name.js';
import { aDnsWorld, aMark, anAddress, aText, CLUSTER, OTHER, RECORDS, SECRET, ZONE } from './dns-builder.js';
import type { ZoneServer } from '../../../lab/dns/zone-server.js';
import type { ZoneRecord } from '../../../lab/dns/zone.js';

const API = 'api.demo.lab.internal';
const NAMES = RECORDS.map(({ name }) => name);
const MADE = RECORDS.flatMap(({ name, address }) => [anAddress(name, address), aMark(name)]);

function contentsOf(records: readonly ZoneRecord[]): readonly string[] {
  return records.map(({ name, type, data }) => `${name} ${type} ${data.toString('hex')}`).toSorted();
}

const updatesOf = (dns: ZoneServer): number => dns.log.filter((line) => line.endsWith('update')).length;

describe('records are made', () => {
  test('with a mark beside each, and written down as made', async () => {
    const { dns, ensure, ledger } = await aDnsWorld();

    expect(await ensure()).toEqual({ changed: NAMES });

    expect(dns.zone.contents).toEqual(contentsOf(MADE));
    expect((await ledger()).map(({ name, address, state }) => ({ name, address, state }))).toEqual(
      RECORDS.map((record) => ({ ...record, state: 'done' })).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    );
  });

  test('once: when they are there, nothing is asked of the server but to be seen', async () => {
    const { dns, ensure } = await aDnsWorld();
    await ensure();
    const before = updatesOf(dns);

    expect(await ensure()).toEqual({ changed: [] });

    expect(updatesOf(dns)).toBe(before);
  });

  test('with several addresses for a name, of both kinds', async () => {
    const { dns, ensure } = await aDnsWorld();
    const addresses = ['10.0.0.7', '10.0.0.8', 'fd00::7'];

    await ensure(addresses.map((address) => ({ name: API, address })));

    const made = [anAddress(API, '10.0.0.7'), anAddress(API, '10.0.0.8')];
    const six = { ...anAddress(API, 'fd00::7'), type: TYPES.AAAA };
    expect(dns.zone.contents).toEqual(contentsOf([...made, six, aMark(API)]));
  });

  test('by each algorithm of the key', async () => {
    for (const algorithm of ['hmac-sha384', 'hmac-sha512'] as const) {
      const { dns, ensure } = await aDnsWorld({ algorithm });
      await ensure();
      expect(dns.zone.contents).toEqual(contentsOf(MADE));
    }
  });

  test('by names in upper case and a zone with a dot at its end, as the same ones', async () => {
    const { ensure, server } = await aDnsWorld();
    await ensure();
    server.zone = 'LAB.internal.';

    expect(await ensure([{ name: 'API.Demo.lab.internal.', address: '10.0.0.5' }])).toEqual({ changed: [] });
  });

  test('where a wildcard of somebody answers for the names already', async () => {
    const { dns, ensure, verify, remove } = await aDnsWorld();
    const foreign = [anAddress(`*.${ZONE}`, '10.0.0.5'), aText(`*.${ZONE}`, 'heritage=other')];
    dns.zone.records = foreign;

    expect(await ensure([{ name: `api.${ZONE}`, address: '10.0.0.5' }])).toEqual({
      changed: [`api.${ZONE}`],
    });
    await verify([{ name: `api.${ZONE}`, address: '10.0.0.5' }]);

    expect(await remove()).toEqual({ removed: [`api.${ZONE}`], left: [] });
    expect(dns.zone.contents).toEqual(contentsOf(foreign));
  });
});

describe('records are corrected', () => {
  test('when the address is another one now', async () => {
    const { dns, ensure, ledger } = await aDnsWorld();
    await ensure();

    expect(await ensure([{ name: API, address: '10.0.0.9' }])).toEqual({ changed: [API] });

    expect(dns.zone.records.filter(({ name }) => name === API)).toEqual([anAddress(API, '10.0.0.9')]);
    expect((await ledger()).filter(({ name }) => name === API)).toMatchObject([
      { address: '10.0.0.9', state: 'done' },
    ]);
  });

  test('when somebody removed the address, and left the mark', async () => {
    const { dns, ensure } = await aDnsWorld();
    await ensure();
    dns.zone.records = dns.zone.records.filter(({ name }) => name !== API);

    expect(await ensure()).toEqual({ changed: [API] });
    expect(dns.zone.contents).toEqual(contentsOf(MADE));
  });

  test('when it was made between the look and the update, as by an attempt before', async () => {
    const { dns, ensure } = await aDnsWorld();
    dns.faults.beforeUpdate = () => {
      dns.faults.beforeUpdate = () => undefined;
      dns.zone.records = [anAddress(API, '10.0.0.5'), aMark(API)];
    };

    expect(await ensure([RECORDS[0] as (typeof RECORDS)[0]])).toEqual({ changed: [API] });
    expect(dns.zone.contents).toEqual(contentsOf([anAddress(API, '10.0.0.5'), aMark(API)]));
  });
});

describe("somebody else's records", () => {
  const cname = { name: API, type: TYPES.CNAME, ttlSeconds: 60, data: encodeName('web.lab.internal') };
  const cases: readonly (readonly [string, readonly ZoneRecord[], RegExp])[] = [
    [
      'another address',
      [anAddress(API, '10.9.9.9')],
      /api\.demo\.lab\.internal .* 10\.9\.9\.9, with no mark/,
    ],
    ['the wanted address, without a mark', [anAddress(API, '10.0.0.5')], /10\.0\.0\.5, with no mark/],
    ['another name', [cname], /CNAME web\.lab\.internal/],
    ['a text', [aText(API, 'hello')], /no address/],
    ['another cluster’s', [anAddress(API, '10.0.0.5'), aMark(API, OTHER)], /cluster=demo,uid=uid-2/],
    ['our mark and another beside', [anAddress(API, '10.0.0.5'), aMark(API), aMark(API, OTHER)], /uid=uid-2/],
  ];

  test.each(cases)('are left as they are, and named: %s', async (_, foreign, detail) => {
    const { dns, ensure, remove } = await aDnsWorld();
    dns.zone.records = foreign;

    await expect(ensure()).rejects.toMatchObject({
      code: 'DNS_RECORD_TAKEN',
      message: expect.stringMatching(detail),
    });

    expect(dns.zone.contents).toEqual(contentsOf(foreign));
    await remove().catch((error: unknown) => expect(error).toMatchObject({ code: 'DNS_RECORD_TAKEN' }));
    expect(dns.zone.contents).toEqual(contentsOf(foreign));
  });

  test('that were there before, and look like ours, are in nobody’s way when the cluster is removed', async () => {
    const { dns, store, server, ensure, remove, ledger } = await aDnsWorld();
    dns.zone.records = [anAddress(API, '10.0.0.5')];
    await expect(ensure()).rejects.toMatchObject({ code: 'DNS_RECORD_TAKEN' });
    expect(await ledger()).toEqual([]);
    // As a run leaves it that broke off before it knew.
    await store.dns.intend({ ...CLUSTER, server, name: API, address: '10.0.0.5' });

    expect(await remove()).toEqual({ removed: [], left: [API] });

    expect(dns.zone.contents).toEqual(contentsOf([anAddress(API, '10.0.0.5')]));
    expect(await ledger()).toEqual([]);
  });

  test('beside ours are told, and ours are not removed with them', async () => {
    const { dns, ensure, remove } = await aDnsWorld();
    await ensure();
    dns.zone.records = [...dns.zone.records, anAddress(API, '10.9.9.9')];

    await expect(ensure()).rejects.toMatchObject({
      code: 'DNS_RECORD_TAKEN',
      message: `${API} also has 10.9.9.9, which the cluster did not make`,
    });

    expect(await remove()).toEqual({ removed: NAMES.toSorted(), left: [] });
    expect(dns.zone.contents).toEqual(contentsOf([anAddress(API, '10.9.9.9')]));
  });
});

describe('records are removed', () => {
  test('all that were made, so that the zone is as it was', async () => {
    const { dns, ensure, remove, ledger } = await aDnsWorld();
    const foreign = [anAddress(ZONE, '10.0.0.1'), aText('clusterwright-web.lab.internal', 'mine')];
    dns.zone.records = foreign;
    await ensure();

    expect(await remove()).toEqual({ removed: NAMES.toSorted(), left: [] });

    expect(dns.zone.contents).toEqual(contentsOf(foreign));
    expect(await ledger()).toEqual([]);
    const before = dns.log.length;
    expect(await remove()).toEqual({ removed: [], left: [] });
    expect(dns.log).toHaveLength(before);
  });

  test('some of them, when only some are meant', async () => {
    const { dns, ensure, remove, ledger } = await aDnsWorld();
    await ensure();

    expect(await remove([API.toUpperCase()])).toEqual({ removed: [API], left: [] });

    expect(dns.zone.contents).toEqual(contentsOf(MADE.slice(2)));
    expect(await ledger()).toHaveLength(2);
  });

  test('when nothing of them is there any more, nothing has to be done', async () => {
    const { dns, ensure, remove, ledger } = await aDnsWorld();
    await ensure();
    dns.zone.records = [];

    expect(await remove()).toEqual({ removed: NAMES.toSorted(), left: [] });
    expect(await ledger()).toEqual([]);
  });

  test('not when another cluster has the name by now', async () => {
    const { dns, ensure, remove, ledger } = await aDnsWorld();
    await ensure();
    const others = [anAddress(API, '10.0.0.5'), aMark(API, OTHER)];
    dns.zone.records = others;

    expect(await remove([API])).toEqual({ removed: [], left: [API] });

    expect(dns.zone.contents).toEqual(contentsOf(others));
    expect((await ledger()).map(({ name }) => name)).not.toContain(API);
  });

  test('not when the mark is gone: a person has to tell whose they are; all others are', async () => {
    const { dns, ensure, remove, ledger } = await aDnsWorld();
    await ensure();
    dns.zone.records = dns.zone.records.filter((record) => record.name !== aMark(API).name);

    await expect(remove()).rejects.toMatchObject({
      code: 'DNS_RECORD_TAKEN',
      message: expect.stringContaining(`${API} cannot be removed by us: it has 10.0.0.5, with no mark`),
    });

    expect(dns.zone.contents).toEqual(contentsOf([anAddress(API, '10.0.0.5')]));
    expect(await ledger()).toMatchObject([{ name: API, state: 'done' }]);
    dns.zone.records = [];
    expect(await remove()).toEqual({ removed: [API], left: [] });
  });

  test('also those that were only intended, when the run broke off before it knew', async () => {
    const { dns, store, server, remove, ledger } = await aDnsWorld();
    await store.dns.intend({ ...CLUSTER, server, name: API, address: '10.0.0.5' });
    dns.zone.records = [anAddress(API, '10.0.0.5'), aMark(API)];

    expect(await remove()).toEqual({ removed: [API], left: [] });

    expect(dns.zone.contents).toEqual([]);
    expect(await ledger()).toEqual([]);
  });
});

describe('what is lost on the way', () => {
  test('the first answer to an update: it is asked again, and what was done is found', async () => {
    const { dns, ensure } = await aDnsWorld();
    dns.faults.swallowedUpdates = 1;

    await ensure();

    expect(dns.zone.contents).toEqual(contentsOf(MADE));
  });

  test('all answers: the outcome is unknown, the intent is kept, and the next attempt looks', async () => {
    const { dns, ensure, ledger } = await aDnsWorld();
    dns.faults.swallowedUpdates = 3;

    await expect(ensure()).rejects.toMatchObject({ code: 'DNS_UNREACHABLE' });

    expect(dns.zone.contents).toHaveLength(2);
    expect(await ledger()).toMatchObject([{ name: API, state: 'intent' }]);
    const before = updatesOf(dns);
    expect(await ensure()).toEqual({ changed: NAMES.slice(1) });
    expect(updatesOf(dns)).toBe(before + 2);
    expect(dns.zone.contents).toEqual(contentsOf(MADE));
  });

  test('the answer to a removal', async () => {
    const { dns, ensure, remove, ledger } = await aDnsWorld();
    await ensure();
    dns.faults.swallowedUpdates = 1;

    await remove();

    expect(dns.zone.contents).toEqual([]);
    expect(await ledger()).toEqual([]);
  });
});

describe('what cannot be done', () => {
  test('without the secret nothing is written down and nothing is asked', async () => {
    const { dns, ensure, ledger } = await aDnsWorld({ keys: new Map() });

    await expect(ensure()).rejects.toMatchObject({
      code: 'DNS_KEY_UNKNOWN',
      message: 'DNS_KEYS has no "lab-key", which holds the secret of the key "ddns"',
    });

    expect(await ledger()).toEqual([]);
    expect(dns.log).toEqual([]);
  });

  test('with a key of another algorithm nothing is asked: the server could only say that the signature is wrong', async () => {
    const keys = new Map([['lab-key', { algorithm: 'hmac-sha512', secret: SECRET } as const]]);
    const { dns, ensure, ledger } = await aDnsWorld({ keys });

    await expect(ensure()).rejects.toMatchObject({
      code: 'DNS_KEY_UNKNOWN',
      message:
        'DNS_KEYS has "lab-key", which holds the secret of the key "ddns", for hmac-sha512, and not for hmac-sha256',
    });

    expect(await ledger()).toEqual([]);
    expect(dns.log).toEqual([]);
  });

  test('names outside of the zone, or none at all, are refused before anything is made', async () => {
    const { dns, ensure } = await aDnsWorld();
    const wrong = { name: 'api.elsewhere', address: '10.0.0.5' };

    await expect(ensure([...RECORDS, wrong])).rejects.toMatchObject({ code: 'DNS_NAME_INVALID' });
    await expect(ensure([{ name: API, address: 'nowhere' }])).rejects.toMatchObject({
      code: 'DNS_NAME_INVALID',
    });

    expect(dns.zone.contents).toEqual([]);
  });

  test('by a key that may look and not change, leaves nothing to be removed one day', async () => {
    const { dns, ensure, ledger } = await aDnsWorld();
    dns.faults.updateRcode = RCODES.REFUSED;

    await expect(ensure()).rejects.toMatchObject({ code: 'DNS_REFUSED' });

    expect(await ledger()).toEqual([]);
  });

  test('by a key that may not change any more, leaves what was made to be removed', async () => {
    const { dns, ensure, remove, ledger } = await aDnsWorld();
    dns.faults.swallowedUpdates = 3;
    await expect(ensure()).rejects.toMatchObject({ code: 'DNS_UNREACHABLE' });
    dns.faults.updateRcode = RCODES.REFUSED;

    await expect(ensure([{ name: API, address: '10.0.0.9' }])).rejects.toMatchObject({ code: 'DNS_REFUSED' });
    await expect(remove()).rejects.toMatchObject({ code: 'DNS_REFUSED' });

    expect(await ledger()).toMatchObject([{ address: '10.0.0.5' }, { address: '10.0.0.9' }]);
    dns.faults.updateRcode = null;
    expect(await remove()).toEqual({ removed: [API], left: [] });
    expect(dns.zone.contents).toEqual([]);
  });

  test('a server that takes an update and does nothing is not believed', async () => {
    const { dns, ensure, ledger } = await aDnsWorld();
    dns.faults.beforeUpdate = () => {
      queueMicrotask(() => (dns.zone.records = []));
    };

    await expect(ensure()).rejects.toMatchObject({
      code: 'DNS_NOT_VERIFIED',
      message: `${API} was to have 10.0.0.5, and has no address, with no mark of a cluster beside it`,
    });
    expect(await ledger()).toMatchObject([{ name: API, state: 'intent' }]);
  });
});

describe('nameservers', () => {
  test('answer all names, wildcards by any label', async () => {
    const { dns, ensure, verify } = await aDnsWorld();
    await ensure();
    dns.log.length = 0;
    dns.faults.isAuthoritative = false;

    await verify();

    expect(dns.log).toContain(`udp query ${API}`);
    expect(dns.log).toContainEqual(
      expect.stringMatching(/^udp query clusterwright-[0-9a-f]{12}\.apps\.demo\./),
    );
  });

  test('that answer otherwise are told, each name', async () => {
    const { dns, ensure, verify } = await aDnsWorld();
    await ensure();
    dns.zone.records = [anAddress(API, '10.9.9.9')];

    const verifying = verify();

    await expect(verifying).rejects.toMatchObject({ code: 'DNS_NOT_VERIFIED' });
    await expect(verifying).rejects.toThrow(`127.0.0.1 answers ${API} with 10.9.9.9 instead of 10.0.0.5`);
    await expect(verifying).rejects.toThrow('api-int.demo.lab.internal with no address instead of 10.0.0.5');
  });
});
