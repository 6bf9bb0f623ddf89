/** Makes a cluster: plans, reserves, then one node workflow a machine, joined in quorum-safe order. */
import { CancellationScope, isCancellation, startChild, uuid4, workflowInfo } from '@temporalio/workflow';
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import { workflowIds } from '../domain/ids.js';
import { macOf, type MachineIdentity } from '../domain/machine.js';
import type { PlannedMachine } from '../domain/plan.js';
import { CLUSTER_STEPS, MACHINE_STEPS } from '../domain/plan-steps.js';
import type { NodeRecord } from '../domain/step-record.js';
import { platformOf } from '../platforms/registry.js';
import { kubernetes, ledger, proxmox, ssh } from './lib/activities.js';
import { forEachLimited, together } from './lib/concurrency.js';
import { withDeadline } from './lib/deadline.js';
import { failureOf } from './lib/failure.js';
import { JoinOrder } from './lib/join-order.js';
import { makePlan, type MadePlan } from './lib/make-plan.js';
import { platformCluster, platformMachine, type ServiceSettings } from './lib/platform-input.js';
import { ProvisionRun } from './lib/provision-run.js';
import { operationAttributes } from './lib/search-attributes.js';
import { joinSignal, type Failure } from './messages.js';
import type { node, NodeInput } from './node.js';

export interface ProvisionInput {
  readonly clusterUid: string;
  readonly definition: ClusterDefinition;
}

export type ProvisionResult =
  | { readonly kind: 'ready'; readonly nodes: readonly NodeRecord[] }
  /** `residue` lists what could not be undone; empty when everything was. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly residue: readonly string[] };

/** Node workflows that run at once: keeps a large cluster within the limits of one history. */
const MAX_NODES_AT_ONCE = 50;

export async function provision(input: ProvisionInput): Promise<ProvisionResult> {
  const { definition } = input;
  const run = new ProvisionRun(definition);
  try {
    await withDeadline(definition.deadlineMinutes, () => makeCluster(input, run));
    await run.settled();
    return { kind: 'ready', nodes: run.nodeList() };
  } catch (error) {
    // Cancelled means that a decommission follows, which removes everything by the ledger.
    if (isCancellation(error)) throw error;
    const { code, detail } = failureOf(error);
    const residue = definition.onFailure === 'ROLLBACK' ? await rollBack(input.clusterUid) : [];
    await run.settled();
    return { kind: 'failed', failure: { code, detail }, residue };
  }
}

/**
 * Undoes what the ledger says was begun, newest first: also what was reserved and never heard of again.
 * @returns what could not be undone, one sentence each; the rest is undone all the same.
 */
async function rollBack(clusterUid: string): Promise<string[]> {
  return CancellationScope.nonCancellable(async () => {
    const left: string[] = [];
    const attempt = async (what: string, undo: () => Promise<void>): Promise<void> => {
      try {
        await undo();
      } catch (error) {
        const { code, detail } = failureOf(error);
        left.push(`${what}: ${code}: ${detail}`);
      }
    };
    const machines = await ledger.listMachines({ clusterUid });
    for (const identity of machines.toReversed()) {
      await attempt(`machine ${identity.name}`, () => proxmox.removeVm({ identity }));
    }
    await attempt('addresses and secrets', () => ledger.releaseCluster({ clusterUid }));
    return left;
  });
}

async function makeCluster(input: ProvisionInput, run: ProvisionRun): Promise<void> {
  const { definition, clusterUid } = input;
  const { steps } = run;
  const made = await steps.run(CLUSTER_STEPS.plan, (options) => makePlan(definition, options));
  run.planned(made.plan);

  run.enter('SERVICES');
  const reserved = await reserve(input, run, made);

  run.enter('BOOT');
  await joinAll(input, run, { ...reserved, settings: made.settings });

  run.enter('VALIDATION');
  if (definition.validation.waitForCluster) {
    const { healthChecks, timeoutMinutes } = definition.validation;
    await steps.run(
      CLUSTER_STEPS.validate,
      (options) =>
        kubernetes.runHealthChecks.executeWithOptions(options, [
          { clusterUid, checks: healthChecks, nodes: run.nodeList().map(({ name }) => name) },
        ]),
      { softLimitSeconds: timeoutMinutes * 60, skipped: { value: undefined } },
    );
  }
}

interface Reserved {
  readonly machines: readonly PlannedMachine[];
  readonly identities: ReadonlyMap<string, MachineIdentity>;
  readonly publicKey: string;
}

/** Takes VMIDs and addresses, and makes the keys. UUIDs are chosen here, so that every retry asks for the same. */
async function reserve(
  input: ProvisionInput,
  run: ProvisionRun,
  { plan, vmidsInUse: avoid }: MadePlan,
): Promise<Reserved> {
  const { clusterUid, definition } = input;
  const { steps } = run;
  const wanted = plan.machines.map(({ name, host, network }) => ({
    name,
    host,
    uuid: uuid4(),
    address: network.address,
  }));
  let publicKey = '';
  let machines: readonly PlannedMachine[] = [];
  const identities = new Map<string, MachineIdentity>();
  await together(
    async () => {
      const reserved = await steps.run(CLUSTER_STEPS.reserve, (options) =>
        ledger.reserveMachines.executeWithOptions(options, [
          { clusterUid, cluster: definition.name, network: definition.network, machines: wanted, avoid },
        ]),
      );
      const byName = new Map(reserved.map((machine) => [machine.name, machine]));
      machines = plan.machines.map((machine) => {
        const address = byName.get(machine.name)?.address ?? machine.network.address;
        return { ...machine, network: { ...machine.network, address } };
      });
      for (const { name, uuid, vmid } of reserved) {
        identities.set(name, { clusterUid, cluster: definition.name, name, uuid, vmid, mac: macOf(uuid) });
      }
    },
    async () => {
      publicKey = await steps.run(CLUSTER_STEPS.keys, async (options) => {
        const keys = await ssh.createSshKeys.executeWithOptions(options, [{ clusterUid }]);
        await ssh.createJoinToken.executeWithOptions(options, [{ clusterUid }]);
        return keys.publicKey;
      });
    },
  );
  run.planned({ ...plan, machines });
  return { machines, identities, publicKey };
}

async function joinAll(
  input: ProvisionInput,
  run: ProvisionRun,
  reserved: Reserved & { readonly settings: ServiceSettings },
): Promise<void> {
  const inputs = nodeInputs(input, reserved);
  const order = new JoinOrder(inputs.map(({ identity, machine }) => ({ ...identity, role: machine.role })));
  run.onStep = ({ machine, id, status }) => {
    const bootedFirst = machine === order.first && id === MACHINE_STEPS.cloudInit && status === 'done';
    if (bootedFirst) run.enter('BOOTSTRAP');
  };
  await forEachLimited(inputs, MAX_NODES_AT_ONCE, async (nodeInput) => {
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
        order.joined(identity.name);
        if (identity.name === order.first) run.enter('CONTROL_PLANE');
        if (order.controlPlaneIsComplete()) run.enter('WORKERS');
      },
      async () => {
        await order.turnOf(identity.name);
        await child.signal(joinSignal);
      },
    );
  });
}

function nodeInputs(
  input: ProvisionInput,
  reserved: Reserved & { readonly settings: ServiceSettings },
): NodeInput[] {
  const { definition } = input;
  const platform = platformOf(definition.type);
  const cluster = platformCluster(definition, reserved.machines, reserved.settings);
  const groups = new Map(definition.nodeGroups.map((group) => [group.name, group]));
  // Control planes first, so that the bound on nodes at once can never hold back the one that others wait for.
  const ordered = [...reserved.machines].sort(
    (a, b) => Number(b.role === 'CONTROL_PLANE') - Number(a.role === 'CONTROL_PLANE'),
  );
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
        prepare: platform.prepare(self, cluster),
        join: platform.join(self, cluster),
        version: definition.version,
        kubeconfigPath: isFirst ? platform.kubeconfigPath : null,
        votes: machine.role === 'CONTROL_PLANE' && platform.embeddedEtcd(cluster),
      },
    ];
  });
}
