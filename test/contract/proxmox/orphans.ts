/** Machines of clusters that come and go on the simulator, and what is found of them afterwards. */
import type { ProxmoxDependencies } from '../../../activities/proxmox/dependencies.js';
import type { Orphan, OrphanReport } from '../../../domain/orphans.js';
import type { Phase } from '../../../domain/phase.js';
import { aCluster } from '../../store/store-builder.js';
import type { aFaultySimulator } from './faulty-simulator.js';
import { perform, type ReservedMachine } from './workshop.js';

export function orphansOn(sim: ReturnType<typeof aFaultySimulator>) {
  const shop = () => sim.current.shop;

  /** Without a grace time, as it would be an hour later. */
  const later = (change: Partial<ProxmoxDependencies> = {}) =>
    shop().activitiesWith({ orphanGraceMinutes: 0, ...change });
  const report = (): Promise<OrphanReport> => perform(() => later().findOrphans({}));
  const found = async (): Promise<readonly Orphan[]> => (await report()).orphans;
  const remove = (orphan: Orphan, activities = later()): Promise<{ readonly removed: boolean }> =>
    perform(() => activities.removeOrphan({ orphan }));

  async function theCluster(phase: Phase): Promise<void> {
    const { clusterUid: uid, cluster: name, store } = shop();
    await store.clusters.put(aCluster({ uid, name, phase }));
  }

  async function aMachine(
    ...change: Parameters<ReturnType<typeof shop>['machine']>
  ): Promise<ReservedMachine> {
    const reserved = await shop().machine(...change);
    await sim.current.configured(reserved);
    return reserved;
  }

  /** A machine of a cluster that is gone, of which everything is still there. */
  async function leaked(...change: Parameters<typeof aMachine>): Promise<ReservedMachine> {
    await theCluster('READY');
    const reserved = await aMachine(...change);
    await theCluster('GONE');
    return reserved;
  }

  async function orphanOf(kind: Orphan['kind']): Promise<Orphan> {
    const [orphan] = (await found()).filter((each) => each.kind === kind);
    if (orphan === undefined) throw new Error(`no ${kind} was found`);
    return orphan;
  }

  async function configure(vmid: number, change: Record<string, string>, host = 'hv5'): Promise<void> {
    await sim.current.settled(await shop().client.changeConfig({ host, vmid }, change));
  }

  return { later, report, found, remove, theCluster, aMachine, leaked, orphanOf, configure, shop };
}
