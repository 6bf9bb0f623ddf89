/** Sends the pods of a node away, as far as their disruption budgets let it, and waits until they have ended. */
import { CoreV1Api, type KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { ClusterwrightError, fail } from '../../domain/errors.js';
import type { Pulse } from '../ssh/heartbeat.js';
import { kubernetesError } from './client.js';
import { ensureSchedulable, findNode, uidOf } from './cordon.js';
import { drainPart, isKubeletHeard, lossesOf, podTitle } from './drain-pods.js';
import { evict } from './evict.js';

export interface DrainRequest {
  readonly node: string;
  /** Epoch, in milliseconds: no pod is waited for after that. */
  readonly deadlineMs: number;
  /** Time that each pod has to end, instead of its own; `null` leaves it that. */
  readonly gracePeriodSeconds: number | null;
}

export interface DrainResult {
  /** Of the node that was drained; `null`: there was none. */
  readonly nodeUid: string | null;
  /** Pods whose eviction the API took, as `namespace/name`; those of an attempt that was broken off are not among them. */
  readonly evicted: readonly string[];
  /** Pods that were told to end on a node whose kubelet is silent: they may run for as long as the machine does. */
  readonly left: readonly string[];
  /** What is lost with the pods. */
  readonly warnings: readonly string[];
}

const POLL_MS = 500;
const EVICTIONS_AT_ONCE = 10;
const MOST_NAMED = 10;

/**
 * Cordons the node, evicts its pods and waits for them to end. Pods of DaemonSets and static pods stay. Can be broken off
 * and repeated at any time; the node stays cordoned.
 * @throws `DRAIN_BLOCKED` with the budgets and pods in the way when the time is over, `STEP_NOT_VERIFIED`,
 *   `KUBERNETES_UNREACHABLE`, `KUBERNETES_REJECTED`
 */
export async function drain(config: KubeConfig, request: DrainRequest, pulse: Pulse): Promise<DrainResult> {
  const run = new DrainRun(config, request);
  for (;;) {
    let reason: string;
    let cause: ClusterwrightError | undefined;
    try {
      const objections = await run.look();
      if (objections === null) return run.result();
      reason = objections;
    } catch (error) {
      // The API may be away for a moment, as while a control-plane machine is replaced.
      if (!(error instanceof ClusterwrightError) || error.kind.retry === 'never') throw error;
      reason = error.message;
      cause = error;
    }
    if (Date.now() >= request.deadlineMs) throw cause ?? fail('DRAIN_BLOCKED', `${request.node}: ${reason}`);
    pulse.say(reason);
    await pulse.pause(POLL_MS);
  }
}

class DrainRun {
  private readonly config: KubeConfig;
  private readonly request: DrainRequest;
  private readonly evicted = new Set<string>();
  private readonly warnings = new Set<string>();
  private left: readonly string[] = [];
  private nodeUid: string | null = null;

  constructor(config: KubeConfig, request: DrainRequest) {
    this.config = config;
    this.request = request;
  }

  /** Asks for all evictions that are due. @returns what is still in the way; `null` when nothing is. */
  async look(): Promise<string | null> {
    const { config, request } = this;
    this.nodeUid = await ensureSchedulable(config, request.node, false);
    const node = await findNode(config, request.node);
    // The pods of a node that is gone are removed by the control plane.
    if (node === undefined) return null;
    this.nodeUid = uidOf(node);
    const isHeard = isKubeletHeard(node);
    const pods = await this.pods();
    const partOf = (kind: string): V1Pod[] => pods.filter((pod) => drainPart(pod, isHeard).kind === kind);
    const refusals = await this.evictAll(partOf('to-evict'));
    this.left = isHeard ? [] : partOf('unconfirmed').map(podTitle);
    const ending = partOf('ending').map(podTitle);
    const isOver = partOf('to-evict').length === 0 && ending.length === 0;
    if (isOver) return null;
    const told = partOf('to-evict').length - refusals.length + ending.length;
    return [...named(refusals), ...(told > 0 ? [`${told} pods are ending`] : [])].join('; ');
  }

  result(): DrainResult {
    const { nodeUid, left } = this;
    return { nodeUid, left, evicted: [...this.evicted], warnings: [...this.warnings] };
  }

  /** @returns why each pod that was not taken was not. */
  private async evictAll(pods: readonly V1Pod[]): Promise<string[]> {
    const refusals: string[] = [];
    for (let begin = 0; begin < pods.length; begin += EVICTIONS_AT_ONCE) {
      const batch = pods.slice(begin, begin + EVICTIONS_AT_ONCE);
      await Promise.all(
        batch.map(async (pod) => {
          const outcome = await evict(this.config, pod, this.request.gracePeriodSeconds);
          if (outcome.kind === 'refused') refusals.push(`${podTitle(pod)}: ${outcome.reason}`);
          if (outcome.kind !== 'taken') return;
          this.evicted.add(podTitle(pod));
          for (const loss of lossesOf(pod)) this.warnings.add(loss);
        }),
      );
    }
    return refusals;
  }

  private async pods(): Promise<readonly V1Pod[]> {
    const fieldSelector = `spec.nodeName=${this.request.node}`;
    try {
      return (await this.config.makeApiClient(CoreV1Api).listPodForAllNamespaces({ fieldSelector })).items;
    } catch (error) {
      throw kubernetesError(error);
    }
  }
}

/** An error's detail is read by people: a node may have hundreds of pods. */
function named(refusals: readonly string[]): string[] {
  const more = refusals.length - MOST_NAMED;
  return more > 0 ? [...refusals.slice(0, MOST_NAMED), `and ${more} more pods are refused`] : [...refusals];
}
