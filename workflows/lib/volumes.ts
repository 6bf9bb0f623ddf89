/** Volumes that a cluster made on Proxmox VE, and that its machines do not take with them. */
import type { ListedVolumes } from '../../activities/kubernetes/services/listed-volumes.js';
import { kubernetes, proxmox } from './activities.js';
import type { StepRunner } from './step-runner.js';

export const VOLUME_STEPS = {
  list: { id: 'list-volumes', title: 'Ask the cluster for its volumes', machine: null },
  remove: { id: 'remove-volumes', title: 'Remove the volumes of the cluster', machine: null },
} as const;

const NOTHING_LISTED: ListedVolumes = {
  volumes: [],
  warnings: ['the cluster was not asked for its volumes'],
};

/** While the cluster can still answer. What it lists is the proof by which they are removed. */
export async function listVolumes(steps: StepRunner, clusterUid: string): Promise<ListedVolumes> {
  return steps.run(
    VOLUME_STEPS.list.id,
    async (options) => {
      const listed = await kubernetes.listVolumes.executeWithOptions(options, [{ clusterUid }]);
      if (listed.warnings.length === 0) return listed;
      const seen = await proxmox.observeCsiVolumes.executeWithOptions(options, [
        { clusterUid, known: listed.volumes.map(({ volume }) => volume) },
      ]);
      return { ...listed, warnings: [...listed.warnings, ...seen] };
    },
    { skipped: { value: NOTHING_LISTED } },
  );
}

/** A disk is freed once no machine has it: after they are gone. */
export async function removeVolumes(steps: StepRunner, { volumes }: ListedVolumes): Promise<void> {
  await steps.run(
    VOLUME_STEPS.remove.id,
    (options) => proxmox.removeCsiVolumes.executeWithOptions(options, [{ volumes }]),
    { skipped: { value: { removed: 0 } } },
  );
}
