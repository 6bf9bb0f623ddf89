/** What a task of Proxmox VE says of itself is a hint: what it did is looked at. */
import { describe, expect, test } from '@jest/globals';
import type { FaultEffect, FaultStage } from '../../lab/faults.js';
import { aFaultySimulator } from '../contract/proxmox/faulty-simulator.js';
import { perform } from '../contract/proxmox/workshop.js';
import { isRunning } from './administrator.js';

const sim = aFaultySimulator();

describe('a machine is started once it is seen running', () => {
  const refused = { kind: 'status', status: 500, message: 'start failed: QEMU exited with code 1' } as const;

  test.each<readonly [string, FaultStage, FaultEffect, { warnings?: string[] }]>([
    ['though its start was said to have failed', 'after', refused, {}],
    ['though its task died without a last word', 'before', { kind: 'task-crash', when: 'done' }, {}],
    [
      'and what its task only warned of is told',
      'before',
      { kind: 'task-warning', message: 'no nested paging' },
      { warnings: ['no nested paging'] },
    ],
  ])('%s', async (_how, stage, effect, result) => {
    const { activities } = sim.current.shop;
    const reserved = await sim.current.shop.machine();
    await sim.current.configured(reserved);
    sim.current.fault(stage, '^POST .*/status/start$', effect);

    const started = await perform(() => activities.startVm(reserved));

    expect(started).toEqual(result);
    expect(isRunning(sim.current, reserved.identity.vmid)).toBe(true);
    expect(await sim.current.tasksOf('qmstart')).toHaveLength(1);
  });
});
