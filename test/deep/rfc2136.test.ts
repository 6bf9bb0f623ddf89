import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDnsActivities, type DnsActivities, type DnsRecord } from '../../activities/dns/activities.js';
import type { TsigAlgorithm } from '../../domain/services/configuration.js';
import { openStore } from '../../store/open-store.js';
import type { Store } from '../../store/store.js';
import { anEnvironment } from '../activities/proxmox/environment.js';
import { A_KEY } from '../store/store-builder.js';
import { type NameServer, startNameServer, TSIG_KEYS, ZONE } from './name-server.js';
import { describeDeep } from './requirements.js';

const SETUP_TIMEOUT_MS = 600_000;

const CLUSTER = { clusterUid: 'uid-1', cluster: 'demo' };
const MARK = '"heritage=clusterwright,cluster=demo,uid=uid-1"';
const API = `api.demo.${ZONE}`;
const RECORDS: readonly DnsRecord[] = [
  { name: API, address: '10.0.0.5' },
  { name: `api-int.demo.${ZONE}`, address: '10.0.0.5' },
  { name: `*.apps.demo.${ZONE}`, address: '10.0.0.6' },
  { name: `demo-worker-1.demo.${ZONE}`, address: '10.0.0.7' },
  { name: `demo-worker-1.demo.${ZONE}`, address: 'fd00::7' },
];
const NAMES = [...new Set(RECORDS.map(({ name }) => name))];

describeDeep('records in a real name server', () => {
  let bind: NameServer;
  let store: Store;
  let folder = '';
  let activities: DnsActivities;
  let before: readonly string[];

  beforeAll(async () => {
    bind = await startNameServer();
    folder = await mkdtemp(join(tmpdir(), 'clusterwright-deep-'));
    store = await openStore({ path: join(folder, 'store.db'), secretsKey: A_KEY });
    activities = activitiesWith();
    before = await bind.contents();
  }, SETUP_TIMEOUT_MS);

  afterAll(async () => {
    await bind?.stop();
    await store?.close();
    await rm(folder, { recursive: true, force: true });
  });

  function activitiesWith(change: { readonly now?: () => Date } = {}): DnsActivities {
    const keys = TSIG_KEYS;
    const timing = { udpTimeoutMs: 2_000, udpAttempts: 3, tcpTimeoutMs: 5_000 };
    return createDnsActivities({ store, keys, proxyUrl: null, timing, ...change });
  }
  const server = (keyName = 'ddns', keyAlgorithm: TsigAlgorithm = 'hmac-sha256') => ({
    ...{ address: '127.0.0.1', port: bind.relay.port, zone: ZONE, ttlSeconds: 60 },
    ...{ keyName, keyAlgorithm, keySecret: keyName },
  });
  const run = <T>(work: () => Promise<T>): Promise<T> => anEnvironment().run(work) as Promise<T>;
  const ensure = (records = RECORDS, at = server(), by = activities) =>
    run(() => by.ensureRecords({ ...CLUSTER, server: at, records }));
  const remove = () => run(() => activities.removeRecords({ clusterUid: CLUSTER.clusterUid }));
  const added = async () => (await bind.contents()).filter((line) => !before.includes(line));

  test('are made, with a mark beside each name', async () => {
    expect(await ensure()).toEqual({ changed: NAMES });

    expect(await added()).toEqual(
      [
        `*.apps.demo.${ZONE}. 60 IN A 10.0.0.6`,
        `api-int.demo.${ZONE}. 60 IN A 10.0.0.5`,
        `${API}. 60 IN A 10.0.0.5`,
        `clusterwright-_wildcard.apps.demo.${ZONE}. 60 IN TXT ${MARK}`,
        `clusterwright-api-int.demo.${ZONE}. 60 IN TXT ${MARK}`,
        `clusterwright-api.demo.${ZONE}. 60 IN TXT ${MARK}`,
        `clusterwright-demo-worker-1.demo.${ZONE}. 60 IN TXT ${MARK}`,
        `demo-worker-1.demo.${ZONE}. 60 IN A 10.0.0.7`,
        `demo-worker-1.demo.${ZONE}. 60 IN AAAA fd00::7`,
      ].toSorted(),
    );
  });

  test('are answered to everybody, the wildcard by any label', async () => {
    const ask = { nameservers: ['127.0.0.1'], port: bind.relay.port };

    await run(() => activities.verifyRecords({ ...ask, records: RECORDS }));

    const wrong = [{ name: API, address: '10.0.0.8' }];
    await expect(run(() => activities.verifyRecords({ ...ask, records: wrong }))).rejects.toMatchObject({
      code: 'DNS_NOT_VERIFIED',
      message: `127.0.0.1 answers ${API} with 10.0.0.5 instead of 10.0.0.8`,
    });
  });

  test('are left alone while nothing changes', async () => {
    const updates = bind.relay.updates;

    expect(await ensure()).toEqual({ changed: [] });

    expect(bind.relay.updates).toBe(updates);
  });

  test('get another address, and lose the one that they had', async () => {
    expect(await ensure([{ name: API, address: '10.0.0.15' }])).toEqual({ changed: [API] });

    expect((await added()).filter((line) => line.startsWith(API))).toEqual([`${API}. 60 IN A 10.0.0.15`]);
    await ensure();
  });

  test.each([
    ['taken', 'A', '10.9.0.2, with no mark of a cluster beside it'],
    ['alias', 'CNAME', `CNAME web.${ZONE}, with no mark of a cluster beside it`],
  ])("are not made where somebody has the name: %s's %s record", async (label, _, detail) => {
    const untouched = await bind.contents();
    const name = `${label}.demo.${ZONE}`;

    await expect(ensure([{ name, address: '10.0.0.5' }])).rejects.toMatchObject({
      code: 'DNS_RECORD_TAKEN',
      message: expect.stringContaining(`${name} is somebody else's: it has ${detail}`),
    });

    expect(await bind.contents()).toEqual(untouched);
  });

  test('are made by each algorithm', async () => {
    const name = `more.demo.${ZONE}`;
    for (const [key, algorithm, address] of [
      ['ddns384', 'hmac-sha384', '10.0.0.84'],
      ['ddns512', 'hmac-sha512', '10.0.0.12'],
    ] as const) {
      expect(await ensure([{ name, address }], server(key, algorithm))).toEqual({ changed: [name] });
      expect(await added()).toContain(`${name}. 60 IN A ${address}`);
    }
  });

  test('are made once when the first answer is lost, and the attempt after it finds them', async () => {
    const name = `lost.demo.${ZONE}`;
    const updates = bind.relay.updates;
    bind.relay.lostUpdates = 1;

    expect(await ensure([{ name, address: '10.0.0.9' }])).toEqual({ changed: [name] });

    expect(bind.relay.updates).toBeGreaterThan(updates + 1);
    expect(await added()).toContain(`${name}. 60 IN A 10.0.0.9`);
  });

  test('are found by the next run when no answer ever came', async () => {
    const name = `unknown.demo.${ZONE}`;
    bind.relay.lostUpdates = 3;

    await expect(ensure([{ name, address: '10.0.0.10' }])).rejects.toMatchObject({ code: 'DNS_UNREACHABLE' });
    expect(await added()).toContain(`${name}. 60 IN A 10.0.0.10`);
    expect(await store.dns.ofCluster(CLUSTER.clusterUid)).toContainEqual(
      expect.objectContaining({ name, state: 'intent' }),
    );

    expect(await ensure([{ name, address: '10.0.0.10' }])).toEqual({ changed: [] });
  });

  test('are not made with a wrong key, and it is said what is wrong', async () => {
    const untouched = await bind.contents();
    const records = [{ name: `new.demo.${ZONE}`, address: '10.0.0.11' }];
    const wrongSecret = { ...server(), keySecret: 'reader' };

    await expect(ensure(records, wrongSecret)).rejects.toMatchObject({
      code: 'DNS_KEY_REFUSED',
      message: expect.stringContaining('BADSIG'),
    });
    await expect(ensure(records, { ...server(), keyName: 'nobody' })).rejects.toMatchObject({
      code: 'DNS_KEY_REFUSED',
      message: expect.stringContaining('BADKEY'),
    });
    await expect(ensure(records, server('reader'))).rejects.toMatchObject({
      code: 'DNS_REFUSED',
      message: expect.stringContaining('REFUSED'),
    });
    await expect(ensure(records, { ...server(), zone: 'internal' })).rejects.toMatchObject({
      code: 'DNS_REFUSED',
    });
    const inAnHour = activitiesWith({ now: () => new Date(Date.now() + 3_600_000) });
    await expect(ensure(records, server(), inAnHour)).rejects.toMatchObject({
      code: 'DNS_CLOCK_SKEW',
      message: expect.stringContaining(`it is ${new Date().toISOString().slice(0, 13)}`),
    });

    expect(await bind.contents()).toEqual(untouched);
    const names = (await store.dns.ofCluster(CLUSTER.clusterUid)).map(({ name }) => name);
    expect(names).not.toContain(`new.demo.${ZONE}`);
  });

  test('are removed, so that the zone is as it was', async () => {
    bind.relay.lostUpdates = 1;

    const { removed, left } = await remove();

    expect(removed).toEqual(expect.arrayContaining([...NAMES]));
    expect(left).toEqual([]);
    expect(await bind.contents()).toEqual(before);
    expect(await store.dns.ofCluster(CLUSTER.clusterUid)).toEqual([]);
    expect(await remove()).toEqual({ removed: [], left: [] });
  });
});
