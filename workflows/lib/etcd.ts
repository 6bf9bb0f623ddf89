/** The etcd of a cluster, as a scale asks about it and changes it. */
import { sleep, type ActivityOptions } from '@temporalio/workflow';
import { mayAdd, mayStop } from '../../domain/etcd/quorum-proof.js';
import type { EtcdStatus } from '../../domain/etcd/status.js';
import type { EtcdTarget } from '../../activities/etcd/target.js';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { proveRemovals } from '../../domain/scale/prove-removals.js';
import { k3sSettings } from '../../platforms/k3s/settings.js';
import { etcd } from './activities.js';
import { applicationFailure, failureOf } from './failure.js';
import { guestOf } from './guest-of.js';
import type { ScaleRun } from './scale-run.js';

/** Which machines there are, as far as etcd is asked through them. */
type KnownMachines = Pick<ScaleRun, 'identities' | 'wholePlan'>;

export interface EtcdOf {
  readonly clusterUid: string;
  readonly definition: ClusterDefinition;
}

/** A datastore that others run knows no members among the machines. */
export function hasMembers(definition: ClusterDefinition): boolean {
  return definition.type !== 'K3S' || k3sSettings(definition).datastore === null;
}

/** What etcd is asked through: the machines of the control plane that there are. */
export function etcdTarget({ clusterUid, definition }: EtcdOf, run: KnownMachines): EtcdTarget {
  const { identities } = run;
  return {
    clusterUid,
    type: definition.type,
    servers: run.wholePlan.machines
      .filter(({ role }) => role === 'CONTROL_PLANE')
      .flatMap((machine) => {
        const guest = guestOf(definition, { identities }, machine);
        if (guest === undefined) return [];
        const { address, machineUuid, user } = guest;
        return [{ node: machine.name, address, machineUuid, user }];
      }),
  };
}

/** Looks again for a while: a member that has only just come catches up by itself. */
const LOOKS = 6;
const PAUSE_SECONDS = 5;

/** @throws what `judge` throws of the last look. */
export async function untilProved(
  cluster: EtcdOf & { readonly run: ScaleRun },
  options: ActivityOptions,
  judge: (status: EtcdStatus) => void,
): Promise<void> {
  for (let look = 1; ; look += 1) {
    const status = await readMembers(cluster, cluster.run, options);
    try {
      judge(status);
      return;
    } catch (error) {
      if (look === LOOKS) throw error;
      await sleep(`${PAUSE_SECONDS} seconds`, { summary: failureOf(error).detail });
    }
  }
}

export async function readMembers(
  cluster: EtcdOf,
  run: ScaleRun,
  options: ActivityOptions,
): Promise<EtcdStatus> {
  return etcd.readEtcd.executeWithOptions(options, [etcdTarget(cluster, run)]);
}

/** @throws `ETCD_CHANGE_REFUSED` with the proof, before any of them has gone. */
export function requireRemovals(status: EtcdStatus, nodes: readonly string[]): void {
  const proved = proveRemovals(status, nodes);
  if (proved.kind === 'ok') return;
  const { node, proof, reasons } = proved;
  throw applicationFailure('ETCD_CHANGE_REFUSED', `${node} may not go: ${reasons.join('; ')} (${proof})`);
}

/** @throws `ETCD_CHANGE_REFUSED` with the proof. */
export function requireAddition(status: EtcdStatus, node: string): void {
  const proved = mayAdd(status);
  if (proved.kind === 'ok') return;
  const { proof, reasons } = proved;
  throw applicationFailure('ETCD_CHANGE_REFUSED', `${node} may not join: ${reasons.join('; ')} (${proof})`);
}

/** @throws `ETCD_CHANGE_REFUSED` with the proof. */
export function requireStop(status: EtcdStatus, node: string): void {
  const member = status.members.find((one) => one.node === node);
  const proved = mayStop(status, member?.id ?? '');
  if (proved.kind === 'ok') return;
  const { proof, reasons } = proved;
  throw applicationFailure('ETCD_CHANGE_REFUSED', `${node} may not stop: ${reasons.join('; ')} (${proof})`);
}
