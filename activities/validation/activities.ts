/**
 * What validations ask of each system. Observers change nothing and judge where the facts are; what changes something
 * says so, looks first, and can be run any number of times.
 */
import type { KubeConfig } from '@kubernetes/client-node';
import { withServices } from '../../domain/services/service-groups.js';
import { nodesOf } from '../../domain/validation/subject.js';
import type { CheckResult } from '../../domain/validation/result.js';
import type { Store } from '../../store/store.js';
import { kubeConfigOf, kubernetesError } from '../kubernetes/client.js';
import { imagesFrom } from '../kubernetes/services/images.js';
import type { GuestAccessOptions } from '../ssh/guest-access.js';
import { withHeartbeats, type Pulse } from '../ssh/heartbeat.js';
import type { TalosAccess } from '../talos/access.js';
import { ClusterwrightError } from '../../domain/errors.js';
import { seen } from '../../domain/validation/verdict.js';
import type { Canary } from './canary/objects.js';
import { removeCanary } from './canary/remove.js';
import { runCanary } from './canary/run.js';
import { observeGuests } from './guests/observe.js';
import { Calls } from './kubernetes/calls.js';
import { ingressClasses } from './kubernetes/cluster-facts.js';
import { observeKubernetes } from './kubernetes/observe.js';
import { lookedAt } from './looked-at.js';
import { judge, subjectOf, type ObserveRequest } from './observe-request.js';
import { observeProxmox, type ProxmoxObserver } from './proxmox/observe.js';
import { approveCertificates } from './remediation/approve-certificates.js';
import type { RemediationOutcome } from './remediation/outcome.js';
import { restartPods } from './remediation/restart-pods.js';
import { resyncTime } from './remediation/resync-time.js';
import { observeTalosMachines } from './talos/observe.js';

export type ProxmoxValidation = ReturnType<typeof createProxmoxValidation>;
export type GuestValidation = ReturnType<typeof createGuestValidation>;
export type KubernetesValidation = ReturnType<typeof createKubernetesValidation>;

/** For the task queue of Proxmox VE. */
export function createProxmoxValidation(observer: ProxmoxObserver) {
  return {
    validateProxmox: (request: ObserveRequest): Promise<CheckResult[]> =>
      withHeartbeats(async ({ signal }) => judge(request, await observeProxmox(observer, request, signal))),
  };
}

/** For the task queue of machines. */
export function createGuestValidation(access: GuestAccessOptions & Pick<TalosAccess, 'pollMs'>) {
  return {
    validateGuests: (request: ObserveRequest): Promise<CheckResult[]> =>
      withHeartbeats(async ({ signal }) => judge(request, await observeGuests(access, request, signal))),

    validateTalos: (request: ObserveRequest): Promise<CheckResult[]> =>
      withHeartbeats(async ({ signal }) =>
        judge(request, await observeTalosMachines(access, request, signal)),
      ),

    /** Has machines whose clock is off set it anew. */
    resyncTime: (request: ObserveRequest): Promise<RemediationOutcome> =>
      withHeartbeats(({ signal }) => resyncTime(access, request, signal)),
  };
}

export interface KubernetesValidationDependencies {
  readonly store: Pick<Store, 'secrets'>;
  /** `socks5://host:port` through which machines are reached, if any. */
  readonly proxyUrl: string | null;
  /** Where nodes pull our images from; `null`: from the registries that publish them. */
  readonly imageMirror: string | null;
  /** Where nodes take HTTP for Ingresses: 80 unless given. */
  readonly ingressPort?: number;
  /** How long each step of the canary may take: 90 s unless given. */
  readonly patienceMs?: number;
}

export interface CanaryRequest extends ObserveRequest {
  /** Of the validation: each has a namespace of its own. */
  readonly number: number;
}

const HTTP_PORT = 80;
const PATIENCE_MS = 90_000;

/** For the task queue of Kubernetes APIs. */
export function createKubernetesValidation(dependencies: KubernetesValidationDependencies) {
  const { store, proxyUrl, imageMirror } = dependencies;
  const { ingressPort = HTTP_PORT, patienceMs = PATIENCE_MS } = dependencies;
  const withCluster = <T>(
    { clusterUid }: Pick<ObserveRequest, 'clusterUid'>,
    work: (config: KubeConfig, pulse: Pulse) => Promise<T>,
  ): Promise<T> =>
    withHeartbeats(async (pulse) => {
      const config = await kubeConfigOf(store.secrets, clusterUid, proxyUrl);
      try {
        return await work(config, pulse);
      } catch (error) {
        pulse.signal.throwIfAborted();
        throw error instanceof ClusterwrightError ? error : kubernetesError(error);
      }
    });

  return {
    validateKubernetes: (request: ObserveRequest): Promise<CheckResult[]> =>
      withCluster(request, async (config, { signal }) =>
        judge(request, await observeKubernetes(config, request, signal)),
      ),

    /** Runs a workload for a moment; it stays until `removeCanary`. @throws `CLUSTER_OBJECT_TAKEN` */
    runCanary: (request: CanaryRequest): Promise<CheckResult[]> =>
      withCluster(request, async (config, { signal }) => {
        const nodes = nodesOf(request);
        const workers = nodes.filter(({ role }) => role !== 'CONTROL_PLANE');
        const classes = await ingressClasses(new Calls(config));
        const steps = await runCanary({
          config,
          canary: canaryOf(request, { runsAnywhere: workers.length === 0, imageMirror }),
          hasIngress: classes.length > 0,
          nodeAddresses: [...workers, ...nodes].map(({ address }) => address),
          ...{ proxyUrl, ingressPort, patienceMs, signal },
        });
        return judge(request, {
          canaryScheduled: seen(steps.canaryScheduled),
          canaryResolved: seen(steps.canaryResolved),
          canaryIngress: seen(steps.canaryIngress),
        });
      }),

    /** Removes what `runCanary` made, and what earlier ones left. */
    removeCanary: (request: CanaryRequest): Promise<CheckResult[]> =>
      withCluster(request, async (config, { signal }) => {
        const canaryRemoved = await lookedAt(signal, () =>
          removeCanary(config, namespaceOf(request), { patienceMs, signal }),
        );
        return judge(request, { canaryRemoved });
      }),

    /** Has pods of core components made anew that do not get ready. */
    restartPods: (request: ObserveRequest): Promise<RemediationOutcome> => withCluster(request, restartPods),

    /** Approves certificates that kubelets wait for, where the request is proved. */
    approveCertificates: (request: ObserveRequest): Promise<RemediationOutcome> =>
      withCluster(request, (config) => approveCertificates(config, nodesOf(subjectOf(request)))),
  };
}

function canaryOf(
  request: CanaryRequest,
  { runsAnywhere, imageMirror }: { readonly runsAnywhere: boolean; readonly imageMirror: string | null },
): Canary {
  const { name, network } = withServices(request.definition);
  const namespace = namespaceOf(request);
  return {
    namespace,
    hostName: `${namespace}.${name}.${network.domain}`,
    runsAnywhere,
    images: imagesFrom(imageMirror),
  };
}

function namespaceOf({ number }: CanaryRequest): string {
  return `clusterwright-canary-${number}`;
}
