/** What only OKD needs of a provision: its Ignition files, and the end of its bootstrap machine. */
import { together } from './concurrency.js';
import type { PlannedMachine } from '../../domain/plan.js';
import { CLUSTER_STEPS } from '../../domain/plan-steps.js';
import { apiEndpoint } from '../../domain/services/api-endpoint.js';
import { apiName } from '../../platforms/okd/names.js';
import { renewIgnitionStep } from '../../platforms/okd/install-steps.js';
import { isInstallHost } from '../../platforms/install-host.js';
import { fail } from '../../domain/errors.js';
import type { ProvisionInput } from '../provision.js';
import { planning, proxmox, ssh } from './activities.js';
import { guestOf } from './guest-of.js';
import type { ProvisionRun } from './provision-run.js';
import type { Reserved } from './reserve.js';

/** From the machine that the install programme ran on: they are sealed, and machines can be armed to boot from them. */
export async function fetchIgnition(
  { clusterUid, definition }: ProvisionInput,
  run: ProvisionRun,
  reserved: Reserved,
): Promise<void> {
  const { plan, identities } = reserved;
  const host = plan.machines.find((machine) => isInstallHost(definition, machine));
  const guest = guestOf(definition, reserved, host);
  if (guest === undefined) throw fail('INTERNAL', 'OKD has no install host');
  const booting = plan.machines.filter(({ system }) => system === 'IGNITION');
  await run.steps.run(CLUSTER_STEPS.ignition, (options) =>
    ssh.fetchIgnition.executeWithOptions(options, [
      {
        ...{ clusterUid, cluster: definition.name },
        ...guest,
        apiAddress: apiEndpoint(definition, plan).address,
        apiName: apiName(definition),
        nodes: booting.flatMap(({ name }) => identities.get(name)?.uuid ?? []),
        renewal: renewIgnitionStep({ definition }),
      },
    ]),
  );
}

/** Out of the load balancers first: nobody is to be sent to a machine that goes. */
export async function removeBootstrap(
  { definition }: ProvisionInput,
  run: ProvisionRun,
  { plan, identities, settings }: Reserved,
  bootstrap: PlannedMachine,
): Promise<void> {
  const identity = identities.get(bootstrap.name);
  if (identity === undefined) return;
  const without = { ...plan, machines: plan.machines.filter(({ name }) => name !== bootstrap.name) };
  await run.steps.run(CLUSTER_STEPS.removeBootstrap, async (options) => {
    const { bootUrl } = settings;
    const steps = await planning.serviceSteps.executeWithOptions(options, [
      { definition, plan: without, identities: [...identities.values()], bootUrl },
    ]);
    await together(
      ...without.machines.map((machine) => async () => {
        const guest = guestOf(definition, { identities }, machine);
        if (guest === undefined) return;
        for (const step of steps[machine.name] ?? [])
          await ssh.runGuestStep.executeWithOptions(options, [{ ...guest, step }]);
      }),
    );
    if (isTemporary(definition, bootstrap))
      await proxmox.removeVm.executeWithOptions(options, [{ identity }]);
  });
  if (isTemporary(definition, bootstrap)) run.nodeIsGone(bootstrap.name);
}

function isTemporary({ nodeGroups }: ProvisionInput['definition'], { group }: PlannedMachine): boolean {
  return nodeGroups.find(({ name }) => name === group)?.lifecycle.temporary === true;
}
