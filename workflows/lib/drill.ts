/** Makes a machine like one of the control plane, restores a snapshot there, and looks what it has. */
import {
  condition,
  setHandler,
  startChild,
  workflowInfo,
  type ActivityOptions,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import type { BegunDrill } from '../../activities/backup/drill.js';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { scratchName, withDrillToken } from '../../domain/backup/drill.js';
import { DRILL_STEPS } from '../../domain/backup/drill-steps.js';
import type { GuestStep } from '../../domain/guest-step.js';
import { workflowIds } from '../../domain/ids.js';
import type { Plan, PlannedMachine } from '../../domain/plan.js';
import { isNode } from '../../domain/plan-steps.js';
import { restorePaths } from '../../domain/restore/restore-paths.js';
import { withServices } from '../../domain/services/service-groups.js';
import { upcastDefinition } from '../../domain/upcast.js';
import type { PlatformRestore } from '../../platforms/platform.js';
import { platformCluster, platformMachine } from '../../platforms/platform-input.js';
import { platformOf } from '../../platforms/registry.js';
import { joinSignal, nodeProgressSignal } from '../messages.js';
import type { node, NodeInput } from '../node.js';
import { backups, planning, proxmox } from './activities.js';
import { together } from './concurrency.js';
import { applicationFailure } from './failure.js';
import { guestOf } from './guest-of.js';
import { ensureImagesOf } from './images.js';
import type { MadePlan } from './make-plan.js';
import { nodeInputs } from './node-inputs.js';
import { makeKeys, reserveMachines, type Reserved } from './reserve.js';
import { operationAttributes } from './search-attributes.js';
import type { StepRunner } from './step-runner.js';

/** A snapshot of 8 GiB over a slow line, and from a slow disk. */
const SNAPSHOT_SECONDS = 4 * 3_600;
/** A machine of its own, with its distribution, over a slow line. */
const MAKE_SECONDS = 2 * 3_600;
const WAITS_TO_JOIN = 'waiting to join';
const VERIFY_SECONDS = 12 * 3_600;
const RESTORE_SECONDS = 4 * 3_600;

/** @returns how many objects of the snapshot were looked for, and found. */
export async function drill(begun: BegunDrill, steps: StepRunner): Promise<{ readonly objects: number }> {
  const { place, plan } = begun;
  const { clusterUid } = place;
  const manifest = await steps.run(
    DRILL_STEPS.verify,
    (options) => backups.verifyBackup.executeWithOptions(options, [place]),
    { softLimitSeconds: VERIFY_SECONDS },
  );
  const definition = {
    ...withServices(upcastDefinition(begun.definition)),
    type: manifest.type,
    version: manifest.version,
  };
  const { restore: how } = platformOf(definition.type);
  if (how === undefined) {
    throw applicationFailure('BACKUP_DRILL_NOT_POSSIBLE', `${definition.type} has no restore`);
  }
  const run = { steps };
  const name = scratchName(definition.name, place.backupId);
  const planAnew = (options: ActivityOptions): Promise<MadePlan> => planned(definition, plan, name, options);
  const made = await steps.run(DRILL_STEPS.plan, planAnew);
  const reserved = await reserveMachines({ clusterUid, definition }, run, made, planAnew);
  const publicKey = await makeKeys({ clusterUid, definition }, run);
  await steps.run(DRILL_STEPS.token, (options) =>
    backups.lendDrillToken.executeWithOptions(options, [place]),
  );
  await ensureImagesOf({ clusterUid, definition }, run, reserved.plan);
  const guest = await restored({ begun, definition, how, reserved, publicKey, name }, steps);
  return steps.run(
    DRILL_STEPS.compare,
    (options) =>
      backups.compareDrilled.executeWithOptions(options, [{ place, guest, database: how.database }]),
    { softLimitSeconds: SNAPSHOT_SECONDS },
  );
}

/** @returns a plan of the machine alone: as one more of the control plane, but apart from no other. */
async function planned(
  definition: ClusterDefinition,
  plan: Plan,
  name: string,
  options: ActivityOptions,
): Promise<MadePlan> {
  const group = definition.nodeGroups.find(({ role }) => role === 'CONTROL_PLANE');
  if (group === undefined) {
    throw applicationFailure('BACKUP_DRILL_NOT_POSSIBLE', 'the definition has no control plane');
  }
  const ordinal = Math.max(0, ...plan.machines.map((machine) => machine.ordinal)) + 1;
  const roomier = definition.nodeGroups.map((each) =>
    each === group
      ? { ...each, count: each.count + 1, placement: { ...each.placement, antiAffinity: 'NONE' as const } }
      : each,
  );
  const inventory = await proxmox.observeInventory.executeWithOptions(options, [{}]);
  const made = await planning.planScale.executeWithOptions(options, [
    {
      definition: { ...definition, nodeGroups: roomier },
      ...{ plan, group: group.name, ordinals: [ordinal], inventory },
    },
  ]);
  const machines = made.plan.machines
    .slice(plan.machines.length)
    .map((machine): PlannedMachine => ({ ...machine, name, role: 'SERVICE', labels: {}, taints: [] }));
  return { ...made, plan: { ...made.plan, machines }, vmidsInUse: inventory.vmids };
}

interface Drilling {
  readonly begun: BegunDrill;
  readonly definition: ClusterDefinition;
  readonly how: PlatformRestore;
  readonly reserved: Reserved;
  readonly publicKey: string;
  readonly name: string;
}

/** @returns how to log in to the machine: the database lies there, and nothing works with it. */
async function restored({ begun, definition, how, reserved, publicKey, name }: Drilling, steps: StepRunner) {
  const machine = reserved.machines.find((one) => one.name === name);
  const guest = guestOf(definition, reserved, machine);
  if (machine === undefined || guest === undefined) {
    throw applicationFailure('INTERNAL', `the ledger has no machine ${name}`);
  }
  const paths = restorePaths(`drill-${begun.place.backupId}`);
  const self = platformMachine({ ...machine, role: 'CONTROL_PLANE' });
  const whole = platformCluster(definition, begun.plan, reserved.settings);
  const cluster = { ...whole, controlPlane: [self], nodes: [self] };
  // What is installed starts at the next boot, unless it is told not to: there must be no second cluster.
  const join = [how.stop(), how.fromSnapshot(self, cluster, paths)].map(withOwnToken);
  const machines = begun.plan.machines.filter(isNode);
  const [input] = nodeInputs(
    { clusterUid: begun.place.clusterUid, definition },
    { ...reserved, plan: { ...begun.plan, machines }, publicKey },
    { ofBastions: [], ofServices: { [name]: join } },
  );
  if (input === undefined) throw applicationFailure('INTERNAL', `${name} is of no group`);
  const prepare = platformOf(definition.type).prepare(self, cluster);
  const environment = platformOf(definition.type).bootEnvironment(self, cluster);
  const whatIsDone: NodeInput = {
    ...{ ...input, prepare, login: { ...input.login, environment } },
    ...{ kubeconfigPath: null, waitsToStart: false, givesUp: true },
  };
  const made = new MadeMachine(whatIsDone, definition);
  const { place } = begun;
  const delivery = { place, guest, path: paths.snapshot, unless: `${paths.folder}/restored` };
  await together(
    () => made.run(),
    async () => {
      await steps.run(DRILL_STEPS.make, () => made.whenItWaits(), { softLimitSeconds: MAKE_SECONDS });
      await steps.run(
        DRILL_STEPS.deliver,
        (options) => backups.deliverSnapshot.executeWithOptions(options, [delivery]),
        { softLimitSeconds: SNAPSHOT_SECONDS },
      );
      await steps.run(DRILL_STEPS.restore, () => made.goOn(), { softLimitSeconds: RESTORE_SECONDS });
    },
  );
  return guest;
}

/** The run of the machine, which waits in its middle. */
class MadeMachine {
  private readonly input: NodeInput;
  private readonly definition: ClusterDefinition;
  private child: ChildWorkflowHandle<typeof node> | undefined;
  private status = '';
  private isMade = false;

  constructor(input: NodeInput, definition: ClusterDefinition) {
    this.input = input;
    this.definition = definition;
    setHandler(nodeProgressSignal, ({ node: record }) => {
      this.status = record.status;
    });
  }

  /** To its end; cancelled, it ends before this does. */
  async run(): Promise<void> {
    const { identity, machine } = this.input;
    this.child = await startChild<typeof node>('node', {
      workflowId: workflowIds.node(workflowInfo().workflowId, identity.name),
      args: [this.input],
      parentClosePolicy: 'REQUEST_CANCEL',
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      staticSummary: `${identity.name} on ${machine.host}`,
      typedSearchAttributes: operationAttributes(this.definition, 'node'),
    });
    await this.child.result();
    this.isMade = true;
  }

  async whenItWaits(): Promise<void> {
    await condition(() => this.status === WAITS_TO_JOIN);
  }

  async goOn(): Promise<void> {
    await this.child?.signal(joinSignal);
    await condition(() => this.isMade);
  }
}

function withOwnToken(step: GuestStep): GuestStep {
  const files = step.files.map((file) => ({ ...file, content: withDrillToken(file.content) }));
  return { ...step, files };
}
