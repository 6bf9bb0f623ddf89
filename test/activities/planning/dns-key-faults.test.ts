import { expect, test } from '@jest/globals';
import { createLedgerActivities } from '../../../activities/ledger/activities.js';
import { dnsKeyFaults } from '../../../activities/planning/dns-key-faults.js';
import { createPlanningActivities } from '../../../activities/planning/plan-cluster.js';
import type { DnsConfiguration } from '../../../domain/services/configuration.js';
import { aClusterOf } from '../../builders/definition.js';
import { anInventory } from '../../builders/inventory.js';
import { SETTINGS } from '../../builders/plan.js';
import { aDnsService, aLoadBalancer } from '../../builders/service.js';
import { aStore } from '../../store/store-builder.js';

const KEYS = new Map([['ddns', 'hmac-sha512' as const]]);
const SERVER: NonNullable<DnsConfiguration['server']> = {
  ...{ address: '10.1.107.53', port: 53, zone: 'lab.internal', ttlSeconds: 300 },
  ...{ keyName: 'clusters', keyAlgorithm: 'hmac-sha512', keySecret: 'ddns' },
};

const recordsIn = (server: DnsConfiguration['server']) =>
  aDnsService({ configuration: { kind: 'RFC2136', machines: null, server } });

const faultsOf = (change: Partial<NonNullable<DnsConfiguration['server']>>) =>
  dnsKeyFaults({ services: [aLoadBalancer(), recordsIn({ ...SERVER, ...change })] }, KEYS);

test('a key that the worker has, for the algorithm of the definition, is no fault', () => {
  expect(faultsOf({})).toEqual([]);
});

test('a key that the worker does not have is a fault, whatever the server calls it', () => {
  expect(faultsOf({ keyName: 'ddns', keySecret: 'clusters' })).toEqual([
    {
      pointer: '/services/1/configuration/server/keySecret',
      detail: 'DNS_KEYS has no "clusters", which holds the secret of the key "ddns"',
      code: 'DNS_KEY_UNKNOWN',
    },
  ]);
});

test('a key for another algorithm is a fault: the server would take what it signs for forged', () => {
  expect(faultsOf({ keyAlgorithm: 'hmac-sha256' })).toEqual([
    {
      pointer: '/services/1/configuration/server/keyAlgorithm',
      detail: 'is hmac-sha256, and "ddns" in DNS_KEYS is for hmac-sha512',
      code: 'DNS_KEY_UNKNOWN',
    },
  ]);
});

test('a DNS service with a machine of its own needs no key', () => {
  expect(dnsKeyFaults({ services: [aDnsService()] }, new Map())).toEqual([]);
});

test('a plan is refused for it, before there are machines', async () => {
  const store = await aStore();
  const ledger = createLedgerActivities({ store, ...SETTINGS, imageKeepDays: 14 });
  const planning = createPlanningActivities({
    ...{ store, settings: SETTINGS, datastores: new Map(), csiTokens: new Map(), dnsKeys: KEYS },
    ...ledger,
  });
  const planFor = (keySecret: string) => {
    const definition = aClusterOf(1, 0, { services: [recordsIn({ ...SERVER, keySecret })] });
    return planning.planCluster({ definition, inventory: anInventory() });
  };

  await expect(planFor('clusters')).rejects.toMatchObject({
    code: 'PLAN_INFEASIBLE',
    faults: [{ code: 'DNS_KEY_UNKNOWN', pointer: '/services/0/configuration/server/keySecret' }],
  });
  expect((await planFor('ddns')).plan.machines).toHaveLength(1);
});
