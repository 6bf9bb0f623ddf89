/** What the worker tells Prometheus about the health of clusters. Names and labels are for ever. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { HealthObserver } from '../activities/health/activities.js';

export function healthMetrics(registry: Registry): HealthObserver {
  const registers = [registry];
  const unwell = new Gauge({
    name: 'clusterwright_health_unwell_machines',
    help: 'Machines of a cluster that the last look of this worker found unwell, and groups that lack one.',
    labelNames: ['cluster'],
    registers,
  });
  const looks = new Counter({
    name: 'clusterwright_health_looks_total',
    help: 'Looks at clusters, by what they came to: healthy, watching or act.',
    labelNames: ['cluster', 'outcome'],
    registers,
  });
  const heals = new Counter({
    name: 'clusterwright_health_heals_total',
    help: 'Heals that were decided, by what is done: start, restart, replace or add.',
    labelNames: ['cluster', 'action'],
    registers,
  });
  const storms = new Counter({
    name: 'clusterwright_health_storms_total',
    help: 'Times that so many clusters were unwell at once that nothing was healed.',
    registers,
  });
  return {
    decided: (cluster, { outcome, heal, findings }) => {
      unwell.set({ cluster }, findings.length);
      looks.inc({ cluster, outcome: outcome.toLowerCase() });
      if (heal !== null) heals.inc({ cluster, action: heal.action.toLowerCase() });
    },
    stormBegan: () => storms.inc(),
    forgotten: (cluster) => unwell.remove({ cluster }),
  };
}
