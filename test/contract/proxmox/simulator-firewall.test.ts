import { describe, expect, test } from '@jest/globals';
import type { FaultEffect } from '../../../lab/faults.js';
import type { FirewallRule } from '../../../domain/firewall.js';
import type { PlannedMachine } from '../../../domain/plan.js';
import { aFaultySimulator } from './faulty-simulator.js';
import { attempt, perform, type ReservedMachine } from './workshop.js';

const DROP: FaultEffect = { kind: 'drop' };
const RULES = '/nodes/hv5/qemu/\\d+/firewall/rules';

const sim = aFaultySimulator();

function allow(...ports: readonly string[]): FirewallRule {
  return {
    ...{ direction: 'IN', action: 'ACCEPT', protocol: 'TCP', ports },
    ...{ source: '10.1.3.0/24', destination: null, comment: `ports ${ports.join()}` },
  };
}

const THREE = [allow('22'), allow('6443'), allow('80', '443')];

async function configured(change: Partial<PlannedMachine>): Promise<ReservedMachine> {
  const reserved = await sim.current.shop.machine(change);
  await sim.current.configured(reserved);
  return reserved;
}

function vmOf({ identity }: ReservedMachine) {
  return { host: 'hv5', vmid: identity.vmid };
}

function apply(reserved: ReservedMachine, firewall = reserved.machine.firewall) {
  const machine = { ...reserved.machine, firewall };
  return sim.current.shop.activities.applyFirewall({ identity: reserved.identity, machine });
}

async function portsOf(reserved: ReservedMachine): Promise<unknown[]> {
  const rules = await sim.current.shop.client.vmFirewallRules(vmOf(reserved));
  return rules.map(({ dport }) => dport);
}

/** How often the firewall was changed; the effect is none, as the host is online. */
async function changesOf(work: () => Promise<unknown>): Promise<number> {
  const counter = sim.current.target.faults.add({
    ...{ target: 'proxmox', stage: 'after', match: '^(POST|PUT|DELETE) .*/firewall/', times: 1_000 },
    effect: { kind: 'node-online' },
  });
  await work();
  const { hits = 0 } = sim.current.target.faults.list().find(({ id }) => id === counter) ?? {};
  sim.current.target.faults.remove(counter);
  return hits;
}

describe('the firewall of a machine', () => {
  test('that is as planned is left alone', async () => {
    const reserved = await configured({ firewall: THREE });

    const first = await changesOf(() => perform(() => apply(reserved)));
    const second = await changesOf(() => perform(() => apply(reserved)));

    expect([first, second]).toEqual([4, 0]);
  });

  test.each(['before', 'after'] as const)(
    'whose rules were half written when the answer was lost (%s it took effect) gets the rest, and nothing twice',
    async (stage) => {
      const reserved = await configured({ firewall: THREE });
      sim.current.target.faults.add({
        ...{ target: 'proxmox', stage, match: `^POST ${RULES}$`, skip: 1, times: 1, effect: DROP },
      });

      const breaking = attempt(() => apply(reserved));
      await expect(breaking).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      const rest = await changesOf(() => perform(() => apply(reserved)));

      expect(await portsOf(reserved)).toEqual(['22', '6443', '80,443']);
      // What is missing of the three rules, and the switch.
      expect(rest).toBe(stage === 'before' ? 3 : 2);
    },
  );

  test('loses the rules that somebody added or changed, and keeps its order', async () => {
    const reserved = await configured({ firewall: THREE });
    await perform(() => apply(reserved));
    const { client } = sim.current.shop;
    await client.addVmFirewallRule(vmOf(reserved), { type: 'in', action: 'ACCEPT', enable: 1 });
    await client.setVmFirewallOptions(vmOf(reserved), { policy_in: 'ACCEPT' });

    await perform(() => apply(reserved));

    expect(await portsOf(reserved)).toEqual(['22', '6443', '80,443']);
    expect(await client.vmFirewallOptions(vmOf(reserved))).toMatchObject({ enable: 1, policy_in: 'DROP' });
  });

  test('changes with the plan without ever letting in less than before or after', async () => {
    const reserved = await configured({ firewall: THREE });
    await perform(() => apply(reserved));
    sim.current.target.faults.add({
      ...{ target: 'proxmox', stage: 'before', match: `^DELETE ${RULES}/\\d+$`, times: 1, effect: DROP },
    });

    await expect(attempt(() => apply(reserved, [allow('443')]))).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    });
    const between = await portsOf(reserved);
    await perform(() => apply(reserved, [allow('443')]));

    expect(between).toEqual(['443', '22', '6443', '80,443']);
    expect(await portsOf(reserved)).toEqual(['443']);
  });

  test('is switched off where none is planned', async () => {
    const reserved = await configured({ firewall: null });
    await sim.current.shop.client.setVmFirewallOptions(vmOf(reserved), { enable: 1 });

    const { warnings } = await perform(() => apply(reserved));

    expect(warnings).toEqual([]);
    expect(await sim.current.shop.client.vmFirewallOptions(vmOf(reserved))).toMatchObject({ enable: 0 });
  });

  test('without effect, as that of the datacenter is off, is made and warned of', async () => {
    const reserved = await configured({ firewall: THREE });
    sim.current.target.simulator.setFirewall(false);

    const { warnings } = await perform(() => apply(reserved));

    expect(warnings).toEqual([expect.stringContaining('the firewall of the datacenter is off')]);
    expect(await portsOf(reserved)).toHaveLength(3);
  });

  test('is not touched when the VM cannot be proved to be ours', async () => {
    const reserved = await configured({ firewall: THREE });
    await sim.current.restart(reserved.identity.vmid, (vm) => (vm.config['name'] = 'renamed'));

    await expect(attempt(() => apply(reserved))).rejects.toMatchObject({ code: 'IDENTITY_MISMATCH' });

    expect(await portsOf(reserved)).toEqual([]);
  });
});
