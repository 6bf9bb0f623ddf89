/** Services that run in the cluster itself: applied through its API, and seen to work. */
import type { InClusterService } from '../../domain/services/in-cluster.js';
import { serviceStepId } from '../../domain/services/in-cluster.js';
import type { ProvisionInput } from '../provision.js';
import { kubernetes } from './activities.js';
import type { ProvisionRun } from './provision-run.js';

export async function provideInCluster(
  { clusterUid, definition }: ProvisionInput,
  run: ProvisionRun,
  service: InClusterService,
): Promise<void> {
  const { type, services } = definition;
  await run.steps.run(
    serviceStepId(service.name),
    async (options) => {
      if (service.type === 'MONITORING') {
        const { configuration } = service;
        await kubernetes.provideMonitoring.executeWithOptions(options, [{ clusterUid, type, configuration }]);
        return;
      }
      const { configuration } = service;
      // Of several, claims that name no class get the first one's.
      const isDefault = services.find((one) => one.type === 'STORAGE')?.name === service.name;
      const request = { clusterUid, type, configuration, isDefault };
      await kubernetes.provideStorage.executeWithOptions(options, [request]);
      await kubernetes.verifyStorage.executeWithOptions(options, [{ clusterUid, configuration }]);
    },
    { skipped: { value: undefined }, givesUp: !service.required },
  );
}
