/** Leases the addresses of further interfaces and the virtual ones, and proves that nobody answers on any. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { fail } from '../../domain/errors.js';
import { lease, withAddresses, type WantedAddress } from '../../domain/planning/leases.js';
import { CLUSTER_STEPS } from '../../domain/plan-steps.js';
import type { ProvisionInput } from '../provision.js';
import { ledger, ssh } from './activities.js';
import type { ProvisionRun } from './provision-run.js';
import type { Reserved } from './reserve.js';

/** Addresses that were found in use in a row, before a person is asked: a range that is somebody else's. */
const MOST_ROUNDS = 10;

/** @returns what was reserved, with the addresses that nobody answers on. */
export async function probedAddresses(
  { clusterUid, definition }: ProvisionInput,
  run: Pick<ProvisionRun, 'steps'>,
  reserved: Reserved,
): Promise<Reserved> {
  const cluster = definition.name;
  return run.steps.run(CLUSTER_STEPS.probe, async (options) => {
    const wanted = lease.furtherOf(definition, reserved.plan);
    const leased = new Map(lease.machinesOf(definition, reserved.plan).map((one) => [one.holder, one]));
    if (wanted.length > 0) {
      const granted = await ledger.reserveAddresses.executeWithOptions(options, [
        { clusterUid, cluster, wanted },
      ]);
      for (const { holder, address } of granted) {
        const want = wanted.find((candidate) => candidate.holder === holder);
        if (want !== undefined) leased.set(holder, { ...want, address });
      }
    }
    let unproved: readonly WantedAddress[] = [...leased.values()];
    for (let round = 0; unproved.length > 0; round += 1) {
      const addresses = unproved.flatMap(({ address }) => address ?? []);
      const { inUse } = await ssh.probeAddresses.executeWithOptions(options, [{ addresses }]);
      if (inUse.length > 0 && round === MOST_ROUNDS) throw tooMany(definition, inUse);
      const replaced: WantedAddress[] = [];
      for (const want of unproved) {
        const seen = inUse.find(({ address }) => address === want.address);
        if (seen === undefined) continue;
        const { holder, cidr, ipRange } = want;
        const { address } = await ledger.replaceAddress.executeWithOptions(options, [
          { clusterUid, cluster, holder, conflicting: seen.address, evidence: seen.evidence, cidr, ipRange },
        ]);
        const better = { ...want, address };
        leased.set(holder, better);
        replaced.push(better);
      }
      unproved = replaced;
    }
    const plan = withAddresses(
      definition,
      reserved.plan,
      new Map([...leased].map(([holder, { address }]) => [holder, address ?? ''])),
    );
    return { ...reserved, plan, machines: plan.machines };
  });
}

function tooMany(
  { network }: ClusterDefinition,
  inUse: readonly { readonly address: string; readonly evidence: string }[],
) {
  const seen = inUse.map(({ address, evidence }) => `${address} (${evidence})`).join(', ');
  return fail('ADDRESS_IN_USE', `on ${network.ipRange} others answer: ${seen}`);
}
