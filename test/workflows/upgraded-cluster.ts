/** A cluster that is upgraded with fake activities, and what was done to it. */
import type { UpgradeGate } from '../../domain/upgrade/upgrade-gate.js';
import type { ClusterState } from '../../workflows/messages.js';
import type { FakeActivities } from './fake-activities.js';

export const OLD = 'v1.32.0+k3s1';
export const NEW = 'v1.33.1+k3s1';
export const GATE: UpgradeGate = {
  kind: 'HTTP',
  url: 'http://shop/ok',
  expectedStatus: 200,
  timeoutSeconds: 60,
};

export const short = (name: unknown): string => String(name).replace(/^c-[0-9a-f]{8}-/, '');

/** `server-1 v1.33.1+k3s1` */
export const versionsOf = ({ nodes }: ClusterState): string[] =>
  nodes.map(({ name, version }) => `${short(name)} ${version}`).sort();

const VERBS: Readonly<Record<string, string>> = {
  ...{ takeBackup: 'backup', cordonNode: 'cordon', drainNode: 'drain', uncordonNode: 'uncordon' },
  ...{ moveEtcdLeader: 'lead', waitForNode: 'ready', removeVm: 'remove', passGate: 'gate' },
};

/** What was done to machines from the given call on; a restart is told by the address of its machine. */
export function effects({ calls }: FakeActivities, from: number): string[] {
  return calls.slice(from).flatMap(({ name, args }) => {
    const step = (args['step'] as { id?: string } | undefined)?.id;
    if (step === 'upgrade-restart') return [`restart ${String(args['address'])}`];
    const verb = VERBS[name];
    if (verb === undefined) return [];
    const machine =
      args['node'] ?? args['from'] ?? args['machine'] ?? (args['identity'] as { name?: string })?.name;
    return [machine === undefined ? verb : `${verb} ${short(machine)}`];
  });
}

export const inPlace = (machine: string, address: string, votes: boolean): string[] => [
  ...[`cordon ${machine}`, `drain ${machine}`],
  ...(votes ? [`lead ${machine}`] : []),
  ...[`restart ${address}`, `ready ${machine}`, `uncordon ${machine}`],
];
