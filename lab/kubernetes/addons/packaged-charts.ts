/** K3s installs Traefik as a Helm chart: two jobs, and what they make once they are done. */
import type { Cluster } from '../cluster.js';
import { ensure } from '../api/writer.js';
import type { Controller } from '../controllers/controller.js';
import { hasCondition } from '../model/workloads.js';
import { componentDeployment, SYSTEM_NAMESPACE, TRAEFIK } from './packaged-component.js';

const INSTALL_IMAGE = 'rancher/klipper-helm:v0.9.3-build20241008';
const JOBS = ['helm-install-traefik-crd', 'helm-install-traefik'];
const LAST_JOB = `${SYSTEM_NAMESPACE}/helm-install-traefik`;

export function ensureChartJobs(cluster: Cluster): void {
  for (const name of JOBS) {
    ensure(cluster, 'jobs.batch', {
      metadata: {
        name,
        namespace: SYSTEM_NAMESPACE,
        labels: { 'helmcharts.helm.cattle.io/chart': name.slice('helm-install-'.length) },
      },
      spec: {
        template: {
          spec: {
            restartPolicy: 'OnFailure',
            serviceAccountName: name,
            tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }],
            containers: [{ name: 'helm', image: INSTALL_IMAGE, args: ['install'] }],
          },
        },
      },
    });
  }
}

export const packagedCharts: Controller = {
  name: 'packaged-charts',
  *keys({ resource, object }) {
    const { namespace, name } = object.metadata;
    if (resource === 'jobs.batch' && `${namespace}/${name}` === LAST_JOB) yield LAST_JOB;
  },
  reconcile: (key, cluster) => {
    const job = cluster.store.at('jobs.batch', key);
    if (job === undefined || !hasCondition(job, 'Complete')) return;
    ensure(cluster, 'deployments.apps', componentDeployment(TRAEFIK));
    ensure(cluster, 'services', {
      metadata: { name: 'traefik', namespace: SYSTEM_NAMESPACE, labels: { ...TRAEFIK.labels } },
      spec: {
        type: 'LoadBalancer',
        selector: TRAEFIK.labels,
        ports: [
          { name: 'web', port: 80, targetPort: 'web' },
          { name: 'websecure', port: 443, targetPort: 'websecure' },
        ],
      },
    });
    ensure(cluster, 'ingressclasses.networking.k8s.io', {
      metadata: { name: 'traefik', annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
      spec: { controller: 'traefik.io/ingress-controller' },
    });
  },
};
