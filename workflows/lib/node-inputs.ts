/** What each node workflow is told. */
import type { ClusterDefinition, MachineRole } from '../../domain/cluster-definition.js';
import type { GuestStep } from '../../domain/guest-step.js';
import { loginUser } from '../../domain/login-user.js';
import { isTalosStep } from '../../domain/machine-step.js';
import type { PlannedMachine } from '../../domain/plan.js';
import { isHelper, isNode } from '../../domain/plan-steps.js';
import { nameServerOf } from '../../domain/services/name-server.js';
import { BOOTSTRAP_USER } from '../../platforms/okd/names.js';
import { okdNodeMarks } from '../../platforms/okd/node-marks.js';
import { platformCluster, platformMachine } from '../../platforms/platform-input.js';
import { platformOf } from '../../platforms/registry.js';
import type { NodeInput } from '../node.js';
import type { ProvisionInput } from '../provision.js';
import { guestOf } from './guest-of.js';
import type { Reserved } from './reserve.js';

export interface StepsOfHelpers {
  readonly ofBastions: readonly GuestStep[];
  readonly ofServices: Readonly<Record<string, readonly GuestStep[]>>;
}

/** In the order in which they are to start: what others need first. */
export function nodeInputs(
  { definition }: ProvisionInput,
  reserved: Reserved & { readonly publicKey: string },
  { ofBastions, ofServices }: StepsOfHelpers,
): NodeInput[] {
  const platform = platformOf(definition.type);
  const cluster = platformCluster(definition, reserved.plan, reserved.settings);
  const optional = new Set(definition.services.filter(({ required }) => !required).map(({ name }) => name));
  const groups = new Map(definition.nodeGroups.map((group) => [group.name, group]));
  const ordered = reserved.machines.toSorted((a, b) => rank(a) - rank(b));
  const stepsOf = (machine: PlannedMachine): Pick<NodeInput, 'prepare' | 'join'> => {
    switch (machine.role) {
      case 'BASTION':
        return { prepare: ofBastions, join: [] };
      case 'SERVICE':
        return { prepare: [], join: ofServices[machine.name] ?? [] };
      case 'BOOTSTRAP':
      case 'CONTROL_PLANE':
      case 'WORKER':
      case 'INFRA': {
        const self = platformMachine(machine);
        return { prepare: platform.prepare(self, cluster), join: platform.join(self, cluster) };
      }
    }
  };
  const usesOthers = ordered.some((machine) => {
    const { prepare, join } = stepsOf(machine);
    return [...prepare, ...join].some((step) => !isTalosStep(step) && step.on !== undefined);
  });
  const members = usesOthers ? firstMember(definition, reserved) : undefined;
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
          user: loginUser(machine, cloudInit.user),
          sshAuthorizedKeys: [
            reserved.publicKey,
            ...definition.security.sshAuthorizedKeys,
            ...cloudInit.sshAuthorizedKeys,
          ],
          packages: cloudInit.packages,
          runCmd: cloudInit.runCmd,
          environment: platform.bootEnvironment(self, cluster),
        },
        ...stepsOf(machine),
        ...(members === undefined || isHelper(machine) ? {} : { members }),
        version: platform.nodeVersion(definition),
        kubeconfigPath: isFirst ? platform.kubeconfigPath : null,
        ...(machine.system === 'TALOS'
          ? { talos: { definition, endpoint: cluster.endpoint, formsCluster: isFirst } }
          : {}),
        ...(machine.system === 'IGNITION' && isNode(machine)
          ? { okd: { bootstrapUser: BOOTSTRAP_USER, marks: okdNodeMarks(platformMachine(machine)) } }
          : {}),
        ...(isFirst && cluster.endpoint.isBalanced ? { apiAddress: cluster.endpoint.address } : {}),
        votes: machine.role === 'CONTROL_PLANE' && platform.votes(cluster),
        waitsToStart: !isHelper(machine) && needsOthersToStart(definition, machine),
        ...(machine.role === 'SERVICE' && optional.has(machine.group) ? { givesUp: true } : {}),
      },
    ];
  });
}

/** The machine that forms the cluster: those that join have things done there. */
function firstMember(definition: ClusterDefinition, reserved: Reserved): NodeInput['members'] {
  const first = reserved.machines.find(({ role }) => role === 'CONTROL_PLANE');
  const guest = guestOf(definition, reserved, first);
  return first === undefined || guest === undefined ? undefined : { [first.name]: guest };
}

function needsOthersToStart(definition: ClusterDefinition, { boot, system }: PlannedMachine): boolean {
  const { nodeGroups, network } = definition;
  if (system === 'IGNITION') return true;
  const has = (role: MachineRole): boolean =>
    nodeGroups.some((group) => group.role === role && group.count > 0);
  if (has('BASTION') && (network.egress === 'BASTION' || boot.method === 'PXE')) return true;
  const needsService =
    network.egress === 'LOAD_BALANCER' || boot.method === 'PXE' || nameServerOf(definition) !== undefined;
  return has('SERVICE') && needsService;
}

const RANKS: Partial<Record<MachineRole, number>> = {
  BASTION: 0,
  SERVICE: 0,
  BOOTSTRAP: 1,
  CONTROL_PLANE: 1,
};
const LAST_RANK = 2;

function rank({ role }: PlannedMachine): number {
  return RANKS[role] ?? LAST_RANK;
}
