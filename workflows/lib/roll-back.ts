/** Undoes a provision that failed, by what the ledger says was begun: also what was reserved and never heard of again. */
import { CancellationScope, condition, isCancellation, patched } from '@temporalio/workflow';
import type { ListedVolumes } from '../../activities/kubernetes/services/listed-volumes.js';
import type { MachineIdentity } from '../../domain/machine.js';
import { hasRecords } from '../../domain/services/name-server.js';
import { usesProxmoxCsi } from '../../domain/services/proxmox-csi.js';
import { teardownStages } from '../../domain/services/teardown.js';
import type { ProvisionInput } from '../provision.js';
import { kubernetes, ledger, proxmox, ssh } from './activities.js';
import { forEachLimited, together } from './concurrency.js';
import { failureOf } from './failure.js';
import { MAX_REMOVALS_AT_ONCE, removalsIn } from './removals.js';

/** After so long what served others goes although not all of them are gone. */
const PATIENCE = '5 minutes';
const NO_VOLUMES: ListedVolumes = { volumes: [], warnings: [] };

/**
 * In reverse of how it was made. Where a decommission is asked for meanwhile, that takes over from here.
 * @returns what could not be undone, one sentence each; the rest is undone all the same.
 */
export async function rollBack(input: ProvisionInput): Promise<string[]> {
  return patched('2026-11-taken-down-in-reverse')
    ? inReverse(input)
    : CancellationScope.nonCancellable(() => oneByOne(input));
}

async function inReverse({ clusterUid, definition }: ProvisionInput): Promise<string[]> {
  const { left, attempt } = attempts();
  const machines = await ledger.listMachines({ clusterUid });
  let { volumes, warnings } = NO_VOLUMES;
  if (usesProxmoxCsi(definition)) {
    await attempt('volumes', async () => {
      ({ volumes, warnings } = await kubernetes.listVolumes({ clusterUid }));
    });
  }
  left.push(...warnings);
  const removeMachine = (identity: MachineIdentity): Promise<boolean> => {
    const summary = `Remove VM ${identity.vmid} (${identity.name})`;
    const remove = () => proxmox.removeVm.executeWithOptions({ summary }, [{ identity }]);
    return attempt(`machine ${identity.name}`, remove);
  };
  const removeRecords = (): Promise<boolean> =>
    attempt('DNS records', async () => {
      await ssh.removeRecords({ clusterUid });
    });
  const removeVolumes = async (): Promise<void> => {
    if (volumes.length === 0) return;
    await attempt('volumes', async () => {
      await proxmox.removeCsiVolumes({ volumes });
    });
  };

  let isAllGone = true;
  const isGone = (isOne: boolean): void => {
    isAllGone &&= isOne;
  };
  const turns = new Turns();
  const stages = removalsIn(machines, teardownStages(definition));
  const works = stages.map(({ removals, records }, index) => async () => {
    await turns.of(index);
    await together(
      () =>
        forEachLimited(removals, MAX_REMOVALS_AT_ONCE, async ({ identity }) =>
          isGone(await removeMachine(identity)),
        ),
      async () => {
        if (records) isGone(await removeRecords());
      },
    );
    turns.over(index);
    // They are the nodes' disks, and nobody could say later that they are the cluster's.
    if (index === 0) await removeVolumes();
  });
  await together(...works);

  // Asked for them now, the ledger would refuse, and be asked for ever.
  if (!isAllGone) return [...left, 'addresses and secrets: kept for what is left'];
  await attempt('addresses and secrets', () => ledger.releaseCluster({ clusterUid }));
  return left;
}

/** One stage after the other, each when the former are over, or have had their time. */
class Turns {
  private readonly begun = new Set<number>();
  private readonly ended = new Set<number>();

  async of(stage: number): Promise<void> {
    if (stage > 0) {
      await condition(() => this.begun.size >= stage);
      await condition(() => this.ended.size >= stage, PATIENCE);
    }
    this.begun.add(stage);
  }

  over(stage: number): void {
    this.ended.add(stage);
  }
}

/** As it was before there was an order. */
async function oneByOne({ clusterUid, definition }: ProvisionInput): Promise<string[]> {
  const { left, attempt } = attempts();
  const machines = await ledger.listMachines({ clusterUid });
  let volumes: ListedVolumes = NO_VOLUMES;
  if (usesProxmoxCsi(definition)) {
    await attempt('volumes', async () => {
      volumes = await kubernetes.listVolumes({ clusterUid });
      left.push(...volumes.warnings);
    });
  }
  for (const identity of machines.toReversed()) {
    await attempt(`machine ${identity.name}`, () => proxmox.removeVm({ identity }));
  }
  if (volumes.volumes.length > 0) {
    await attempt('volumes', async () => {
      await proxmox.removeCsiVolumes({ volumes: volumes.volumes });
    });
  }
  if (hasRecords(definition)) {
    await attempt('DNS records', async () => {
      await ssh.removeRecords({ clusterUid });
    });
  }
  await attempt('addresses and secrets', () => ledger.releaseCluster({ clusterUid }));
  return left;
}

/** What fails is noted in `left`, and stops nothing. */
function attempts() {
  const left: string[] = [];
  const attempt = async (what: string, undo: () => Promise<void>): Promise<boolean> => {
    try {
      await undo();
      return true;
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { code, detail } = failureOf(error);
      left.push(`${what}: ${code}: ${detail}`);
      return false;
    }
  };
  return { left, attempt };
}
