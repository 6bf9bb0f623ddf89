/** One node workflow a machine: all at once, each told when it may start and when it may join. */
import { condition, startChild, workflowInfo } from '@temporalio/workflow';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { GuestStep } from '../../domain/guest-step.js';
import { workflowIds } from '../../domain/ids.js';
import { isNode, MACHINE_STEPS } from '../../domain/plan-steps.js';
import { platformCluster, platformMachine } from '../../platforms/platform-input.js';
import { platformOf } from '../../platforms/registry.js';
import { joinSignal, startSignal } from '../messages.js';
import type { node, NodeInput } from '../node.js';
import type { ProvisionInput } from '../provision.js';
import type { BastionSteps } from '../../activities/planning/bastion-steps.js';
import { planning } from './activities.js';
import { forEachLimited, together } from './concurrency.js';
import { JoinOrder } from './join-order.js';
import type { ProvisionRun } from './provision-run.js';
import { servePxe } from './pxe.js';
import type { Reserved } from './reserve.js';
import { operationAttributes } from './search-attributes.js';

/** Node workflows that run at once: keeps a large cluster within the limits of one history. */
const MAX_NODES_AT_ONCE = 50;

export async function makeNodes(
  input: ProvisionInput,
  run: ProvisionRun,
  reserved: Reserved & { readonly publicKey: string },
): Promise<void> {
  const steps = await stepsOfBastions(input, reserved);
  const inputs = nodeInputs(input, reserved, steps.prepare);
  const order = new JoinOrder(inputs.map(({ identity, machine }) => ({ ...identity, role: machine.role })));
  const bastions = inputs.filter(({ machine }) => !isNode(machine));
  const bastionsUp = new Set<string>();
  let mayStart = false;

  run.onStep = ({ machine, id, status }) => {
    const bootedFirst = machine === order.first && id === MACHINE_STEPS.cloudInit && status === 'done';
    if (bootedFirst) run.enter('BOOTSTRAP');
  };
  const makeAll = (): Promise<void> =>
    forEachLimited(inputs, MAX_NODES_AT_ONCE, async (nodeInput) => {
      const { identity, machine } = nodeInput;
      const child = await startChild<typeof node>('node', {
        workflowId: workflowIds.node(workflowInfo().workflowId, identity.name),
        args: [nodeInput],
        parentClosePolicy: 'REQUEST_CANCEL',
        cancellationType: 'WAIT_CANCELLATION_COMPLETED',
        staticSummary: `${identity.name} on ${machine.host}`,
        typedSearchAttributes: operationAttributes(input.definition, 'node'),
      });
      await together(
        async () => {
          run.nodeIs(await child.result());
          if (!isNode(machine)) {
            bastionsUp.add(identity.name);
            return;
          }
          order.joined(identity.name);
          if (identity.name === order.first) run.enter('CONTROL_PLANE');
          if (order.controlPlaneIsComplete()) run.enter('WORKERS');
        },
        async () => {
          if (!isNode(machine)) return;
          if (nodeInput.waitsToStart) {
            await condition(() => mayStart);
            await child.signal(startSignal);
          }
          await order.turnOf(identity.name);
          await child.signal(joinSignal);
        },
      );
    });
  if (bastions.length === 0) return makeAll();
  await together(makeAll, async () => {
    await condition(() => bastionsUp.size === bastions.length);
    await servePxe(input, run, reserved, steps.pxe);
    mayStart = true;
  });
}

async function stepsOfBastions(
  { definition }: ProvisionInput,
  { machines, plan, identities, settings }: Reserved,
): Promise<BastionSteps> {
  if (machines.every(isNode)) return { prepare: [], pxe: [] };
  const { bootUrl } = settings;
  return planning.bastionSteps({ definition, plan, identities: [...identities.values()], bootUrl });
}

/** In the order in which they are to start: what others need first. */
function nodeInputs(
  { definition }: ProvisionInput,
  reserved: Reserved & { readonly publicKey: string },
  bastionSteps: readonly GuestStep[],
): NodeInput[] {
  const platform = platformOf(definition.type);
  const cluster = platformCluster(definition, reserved.machines, reserved.settings);
  const groups = new Map(definition.nodeGroups.map((group) => [group.name, group]));
  const ordered = reserved.machines.toSorted((a, b) => rank(a) - rank(b));
  return ordered.flatMap((machine) => {
    const identity = reserved.identities.get(machine.name);
    const cloudInit = groups.get(machine.group)?.template.cloudInit;
    if (identity === undefined || cloudInit === undefined) return [];
    const self = platformMachine(machine);
    const isFirst = cluster.controlPlane[0]?.name === machine.name;
    return [
      {
        identity,
        machine,
        login: {
          user: cloudInit.user,
          sshAuthorizedKeys: [
            reserved.publicKey,
            ...definition.security.sshAuthorizedKeys,
            ...cloudInit.sshAuthorizedKeys,
          ],
          packages: cloudInit.packages,
          runCmd: cloudInit.runCmd,
          environment: platform.bootEnvironment(self, cluster),
        },
        prepare: isNode(machine) ? platform.prepare(self, cluster) : bastionSteps,
        join: isNode(machine) ? platform.join(self, cluster) : [],
        version: definition.version,
        kubeconfigPath: isFirst ? platform.kubeconfigPath : null,
        votes: machine.role === 'CONTROL_PLANE' && platform.embeddedEtcd(cluster),
        waitsToStart: isNode(machine) && needsBastion(definition, machine),
      },
    ];
  });
}

function needsBastion(definition: ClusterDefinition, { boot }: NodeInput['machine']): boolean {
  const hasBastion = definition.nodeGroups.some(({ role, count }) => role === 'BASTION' && count > 0);
  return hasBastion && (definition.network.egress === 'BASTION' || boot.method === 'PXE');
}

function rank({ role }: NodeInput['machine']): number {
  if (role === 'BASTION') return 0;
  return role === 'CONTROL_PLANE' ? 1 : 2;
}
