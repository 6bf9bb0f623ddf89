import { afterEach, describe, expect, test } from '@jest/globals';
import { DEFAULT_INVENTORY, type LabInventory } from '../../../lab/proxmox/lab-inventory.js';
import type { Finding, Preflight } from '../../../domain/preflight/findings.js';
import { aDefinition } from '../../builders/definition.js';
import { aPlan } from '../../builders/plan.js';
import type { LabToken } from '../../../lab/proxmox/tokens.js';
import { simulatorTarget, type SimulatorTarget } from './simulator-target.js';
import { attempt, aWorkshop, type Workshop } from './workshop.js';

const definition = aDefinition({
  network: {
    ...aDefinition().network,
    privateVLAN: 107,
    firewall: [
      {
        direction: 'IN',
        action: 'ACCEPT',
        protocol: 'TCP',
        ports: ['443'],
        source: null,
        destination: null,
        comment: '',
      },
    ],
  },
});

let target: SimulatorTarget | undefined;
let shop: Workshop | undefined;
afterEach(async () => {
  await shop?.close();
  await target?.close();
  target = undefined;
  shop = undefined;
});

async function preflightOf(
  options: {
    readonly inventory?: LabInventory;
    readonly tokens?: readonly LabToken[];
    readonly before?: (target: SimulatorTarget) => Promise<void> | void;
  } = {},
): Promise<Preflight> {
  const { inventory, tokens = [] } = options;
  target = await simulatorTarget({ tokens, ...(inventory === undefined ? {} : { inventory }) });
  const [token] = tokens;
  if (token !== undefined) target = { ...target, token: target.simulator.tokens[token.id] ?? '' };
  await options.before?.(target);
  const { activities } = (shop = await aWorkshop(target));
  return attempt(() => activities.preflight({ definition, plan: aPlan(definition) }));
}

const notOk = ({ findings }: Preflight): Finding[] => findings.filter(({ severity }) => severity !== 'ok');

const withHosts = (change: Partial<LabInventory['hosts'][number]>): LabInventory => ({
  ...DEFAULT_INVENTORY,
  hosts: DEFAULT_INVENTORY.hosts.map((host) => (host.name === 'hv5' ? { ...host, ...change } : host)),
});

describe('a preflight', () => {
  test('warns that rules have no effect while the firewall of the datacenter is off', async () => {
    const seen = await preflightOf({ before: ({ simulator }) => simulator.setFirewall(false) });

    expect(notOk(seen)).toContainEqual(
      expect.objectContaining({ check: 'firewall', severity: 'warning', subject: 'the datacenter' }),
    );
  });

  test('finds nothing in the way where all is well, and says what it looked at', async () => {
    const seen = await preflightOf();

    expect(seen.ready).toBe(true);
    expect(notOk(seen).map(({ check }) => check)).toEqual(['vmids']);
    expect(new Set(seen.findings.map(({ check }) => check))).toEqual(
      new Set([
        'privileges',
        'quorum',
        'hosts',
        'version',
        'clocks',
        'storages',
        'bridges',
        'firewall',
        'vmids',
      ]),
    );
  });

  test('names each privilege that the token lacks, on which path and for what', async () => {
    const seen = await preflightOf({ tokens: [{ id: 'ci@pve!few', access: { '/': ['Sys.Audit'] } }] });

    const missing = notOk(seen).filter(({ check }) => check === 'privileges');
    expect(seen.ready).toBe(false);
    expect(missing.map(({ subject, detail }) => `${subject}: ${detail}`)).toContain(
      '/vms/9001: the token lacks VM.Clone, which is needed to clone template 9001',
    );
    expect(seen.commands).toContain(
      "pveum acl modify /vms/9001 --tokens 'ci@pve!few' --roles ClusterwrightTemplates",
    );
  });

  test('says of a token without any privilege that this is so, and looks at the rest all the same', async () => {
    const seen = await preflightOf({ tokens: [{ id: 'ci@pve!none', access: {} }] });

    expect(notOk(seen)[0]).toMatchObject({ check: 'privileges', severity: 'blocker', subject: 'the token' });
    expect(seen.findings.some(({ check }) => check === 'version')).toBe(true);
  });

  test.each([
    [0, 'ok'],
    [10, 'warning'],
    [-10, 'warning'],
    [300, 'blocker'],
  ] as const)('of a host whose clock is %i s ahead says %s', async (clockSkewSeconds, severity) => {
    const seen = await preflightOf({ inventory: withHosts({ clockSkewSeconds }) });

    expect(seen.findings.find(({ check }) => check === 'clocks')).toMatchObject({ severity, subject: 'hv5' });
  });

  test('finds that a bridge is gone since the plan was made', async () => {
    const seen = await preflightOf({ inventory: withHosts({ bridges: [] }) });

    expect(notOk(seen)).toContainEqual(
      expect.objectContaining({ check: 'bridges', severity: 'blocker', subject: 'vmbr0 on hv5' }),
    );
  });

  test('finds that Proxmox VE balances by itself', async () => {
    const seen = await preflightOf({
      before: ({ simulator }) => simulator.setCrs({ ha: 'dynamic', 'ha-auto-rebalance': 1 }),
    });

    expect(notOk(seen).map(({ check }) => check)).toContain('balancing');
  });
});
