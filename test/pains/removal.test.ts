/** A removal that cannot go on: it says what holds it, waits for a person, and never pretends to be done. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ClusterwrightError } from '../../domain/errors.js';
import type { MachineIdentity } from '../../domain/machine.js';
import { decommissionUpdate, operationStateQuery, resolveStepUpdate } from '../../workflows/messages.js';
import { aDefinition } from '../builders/definition.js';
import { aFaultySimulator } from '../contract/proxmox/faulty-simulator.js';
import { attempt } from '../contract/proxmox/workshop.js';
import { ClusterDriver, uniqueName } from '../workflows/cluster-driver.js';
import { startTestBed, type WorkflowTestBed } from '../workflows/environment.js';
import { activityError, FakeActivities } from '../workflows/fake-activities.js';

let bed: WorkflowTestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed.close());

const sim = aFaultySimulator();

test('a removal that a lock stops names the way out, gives nothing back, and goes on from there when told to', async () => {
  const reserved = await sim.current.shop.machine();
  const { vmid, name: machine } = reserved.identity;
  await sim.current.configured(reserved);
  await sim.current.restart(vmid, (vm) => (vm.config['lock'] = 'backup'));
  const driver = new ClusterDriver(bed.environment);
  const activities = new FakeActivities();
  activities.on('listMachines', () => [reserved.identity]);
  // The product's own, on what was made above.
  activities.on('removeVm', ({ identity }) =>
    asInWorker(() => sim.current.shop.activities.removeVm({ identity: identity as MachineIdentity })),
  );

  await bed.run(activities, async () => {
    const name = uniqueName();
    const handle = await driver.provision(aDefinition({ name }));
    await driver.settled(handle);
    const operationId = 'decommission';
    await handle.executeUpdate(decommissionUpdate, { updateId: operationId, args: [{ operationId }] });
    await bed.environment.sleep('1 hour');

    const operation = bed.environment.client.workflow.getHandle(`cluster/${name}/decommission-2`);
    const { steps } = await operation.query(operationStateQuery);
    expect(steps.find(({ id }) => id === `${machine}/remove-vm`)).toMatchObject({
      status: 'blocked',
      reason: expect.stringMatching(new RegExp(`^VM_LOCKED: .*qm unlock ${vmid}`)),
      remedy: expect.stringContaining('retry the step'),
    });
    expect(activities.of('releaseCluster')).toEqual([]);
    expect(sim.current.vmids()).toEqual([vmid]);

    sim.current.target.simulator.change({ kind: 'unlock-vm', vmid });
    const decision = { step: `${machine}/remove-vm`, action: 'RETRY' } as const;
    await operation.executeUpdate(resolveStepUpdate, { args: [decision] });

    expect(await handle.result()).toMatchObject({ phase: 'GONE' });
    expect(activities.of('releaseCluster')).toHaveLength(1);
    sim.current.expectNothingLeft();
  });
});

/** What the worker's interceptor makes of our errors. */
async function asInWorker<T>(activity: () => Promise<T>): Promise<T> {
  try {
    return await attempt(activity);
  } catch (error) {
    throw error instanceof ClusterwrightError ? activityError(error.code, error.message) : error;
  }
}
