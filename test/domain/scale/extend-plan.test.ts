import { describe, expect, test } from '@jest/globals';
import type { ClusterDefinition } from '../../../domain/cluster-definition.js';
import type { Plan } from '../../../domain/plan.js';
import { extendPlan } from '../../../domain/scale/extend-plan.js';
import { withCount } from '../../../domain/scale/scale-changes.js';
import { aClusterOf } from '../../builders/definition.js';
import { aPlan, FREE_ADDRESSES, plannerInput } from '../../builders/plan.js';

/** Two workers that keep apart, with all other addresses of the range free. */
function placed(antiAffinity: 'SOFT' | 'HARD'): {
  readonly definition: ClusterDefinition;
  readonly plan: Plan;
} {
  const base = aClusterOf(1, 2);
  const nodeGroups = base.nodeGroups.map((group) => ({
    ...group,
    placement: { ...group.placement, antiAffinity },
  }));
  const definition = { ...base, nodeGroups };
  return { definition, plan: aPlan(definition) };
}

function extended(
  { definition, plan }: ReturnType<typeof placed>,
  ordinals: readonly number[],
  freeAddresses = FREE_ADDRESSES.slice(plan.machines.length),
): Plan {
  const target = withCount(definition, 'worker', 2 + ordinals.length);
  return extendPlan({ ...plannerInput(target, { freeAddresses }), plan, group: 'worker', ordinals });
}

describe('a plan that is extended', () => {
  test('leaves the machines that there are as they are, and adds the others at its end', () => {
    const before = placed('SOFT');

    const { machines } = extended(before, [5, 6]);

    expect(machines.slice(0, 3)).toEqual(before.plan.machines);
    expect(machines.slice(3).map(({ name, network }) => [name, network.address])).toEqual([
      ['edge-worker-5', '10.1.107.103'],
      ['edge-worker-6', '10.1.107.104'],
    ]);
    expect(machines[3]?.network).toEqual({ ...machines[2]?.network, address: '10.1.107.103' });
  });

  test('keeps new machines apart from those of their group that there are', () => {
    const before = placed('HARD');
    const taken = before.plan.machines.filter(({ group }) => group === 'worker').map(({ host }) => host);

    const added = extended(before, [3]).machines.at(-1);

    expect(taken).toHaveLength(2);
    expect(taken).not.toContain(added?.host);
  });

  test('says of each host why it takes no more machines of a group that keeps apart', () => {
    const before = placed('HARD');

    const attempt = (): unknown => extended(before, [3, 4, 5, 6, 7, 8]);

    expect(attempt).toThrow(
      expect.objectContaining({
        code: 'PLAN_INFEASIBLE',
        message: expect.stringContaining('it already has a machine of group "worker"'),
      }),
    );
  });

  test('has the steps of all its machines, and of no others', () => {
    const { steps } = extended(placed('SOFT'), [9]);

    expect(steps.some(({ id }) => id === 'edge-worker-9/claim-vm')).toBe(true);
    expect(steps.some(({ id }) => id === 'edge-worker-3/claim-vm')).toBe(false);
  });

  test('is refused where the range has no address left', () => {
    const attempt = (): unknown => extended(placed('SOFT'), [3], []);

    expect(attempt).toThrow(expect.objectContaining({ code: 'PLAN_INFEASIBLE' }));
  });
});
