/** What the workflows ask of a cluster's own API. */
import { Context } from '@temporalio/activity';
import type { HealthCheck } from '../../domain/cluster-definition.js';
import { publicKubeconfig } from '../../schema/kubeconfig.js';
import type { Store } from '../../store/store.js';
import type { GuestTarget } from '../ssh/guest-access.js';
import { withHeartbeats } from '../ssh/heartbeat.js';
import { readGuestFile } from '../ssh/read-guest-file.js';
import { admissionObjection, type NodeIdentity } from './approve-csrs.js';
import { kubeConfigOf } from './client.js';
import { ensureSchedulable } from './cordon.js';
import { drain, type DrainResult } from './drain.js';
import { findProblems } from './health-checks.js';
import { nodeObjection, readNodeVersions, type ExpectedNode } from './node.js';
import { ensureNodeMarks, type NodeMarks } from './node-marks.js';
import { nodeRemovalObjection, type NodeRemoval } from './remove-node.js';
import { replaceKubeconfig } from './replace-kubeconfig.js';
import { staleNodesObjection } from './remove-stale-nodes.js';
import { until } from './until.js';

export interface KubernetesDependencies {
  readonly store: Store;
  /** `socks5://host:port` through which machines are reached, if any. */
  readonly proxyUrl: string | null;
}

export interface NodeRequest {
  readonly clusterUid: string;
  /** Name of the node. */
  readonly node: string;
}

const MAX_KUBECONFIG_BYTES = 256 * 1024;

export type KubernetesActivities = ReturnType<typeof createKubernetesActivities>;

export function createKubernetesActivities({ store, proxyUrl }: KubernetesDependencies) {
  return {
    /** Reads the administrator's kubeconfig over SSH, points it at the API's address, and seals it. */
    sealKubeconfig: (
      request: GuestTarget & {
        readonly cluster: string;
        readonly path: string;
        /** Where the API is reached when it is not the machine itself. */
        readonly apiAddress?: string;
      },
    ): Promise<void> =>
      withHeartbeats(async ({ signal }) => {
        const { clusterUid, cluster } = request;
        const address = request.apiAddress ?? request.address;
        const file = { ...request, maxBytes: MAX_KUBECONFIG_BYTES, signal };
        const text = await readGuestFile({ store, proxyUrl }, file);
        await store.secrets.put(clusterUid, 'kubeconfig', publicKubeconfig(text, { cluster, address }));
      }),

    /**
     * Reads the administrator's kubeconfig anew, and seals it in place of the one before once it has proved to work. See
     * {@link replaceKubeconfig} for what it throws.
     */
    renewKubeconfig: (
      request: GuestTarget & { readonly cluster: string; readonly path: string },
    ): Promise<void> =>
      withHeartbeats(async ({ signal }) => {
        const text = await readGuestFile(
          { store, proxyUrl },
          { ...request, maxBytes: MAX_KUBECONFIG_BYTES, signal },
        );
        await replaceKubeconfig({ store, proxyUrl }, { ...request, text });
      }),

    /** Waits until the node has joined, is Ready at the expected version and, where asked for, votes in etcd. */
    waitForNode: (request: ExpectedNode & { readonly clusterUid: string }): Promise<void> =>
      withHeartbeats(async (pulse) => {
        const { clusterUid } = request;
        // The machine that forms the cluster gives it, and may be slower than those that join at once with it.
        await until('NODE_NOT_READY', pulse, async () =>
          (await store.secrets.get(clusterUid, 'kubeconfig')) === undefined
            ? 'the cluster has no kubeconfig yet'
            : null,
        );
        const config = await kubeConfigOf(store.secrets, clusterUid, proxyUrl);
        await until('NODE_NOT_READY', pulse, () => nodeObjection(config, request));
      }),

    /** The version of each node, as its distribution writes it, by its name: the API is asked once. */
    nodeVersions: async ({
      clusterUid,
    }: {
      readonly clusterUid: string;
    }): Promise<{ versions: Readonly<Record<string, string>> }> => {
      const config = await kubeConfigOf(store.secrets, clusterUid, proxyUrl);
      return { versions: await readNodeVersions(config) };
    },

    /** Approves the certificates of the node's kubelet, and of no other, until it is Ready and has them all. */
    approveNodeCsrs: (request: NodeIdentity & { readonly clusterUid: string }): Promise<void> =>
      withHeartbeats(async (pulse) => {
        const config = await kubeConfigOf(store.secrets, request.clusterUid, proxyUrl);
        await until('NODE_NOT_READY', pulse, () => admissionObjection(config, request));
      }),

    /** Gives the node its labels and taints through the API, where its kubelet may not or cannot. */
    markNode: async (request: NodeMarks & { readonly clusterUid: string }): Promise<void> => {
      const config = await kubeConfigOf(store.secrets, request.clusterUid, proxyUrl);
      await ensureNodeMarks(config, request);
    },

    /** The node takes no new pods. @returns its UID; `null`: there is no such node. */
    cordonNode: async ({ clusterUid, node }: NodeRequest): Promise<{ uid: string | null }> => {
      const config = await kubeConfigOf(store.secrets, clusterUid, proxyUrl);
      return { uid: await ensureSchedulable(config, node, false) };
    },

    /** The node takes pods again. */
    uncordonNode: async ({ clusterUid, node }: NodeRequest): Promise<void> => {
      const config = await kubeConfigOf(store.secrets, clusterUid, proxyUrl);
      await ensureSchedulable(config, node, true);
    },

    /** Cordons the node, and sends its pods away as their disruption budgets allow; see {@link drain}. */
    drainNode: (
      request: NodeRequest & {
        /** From when the activity was asked for, over all its attempts. */
        readonly timeoutSeconds: number;
        readonly gracePeriodSeconds: number | null;
      },
    ): Promise<DrainResult> =>
      withHeartbeats(async (pulse) => {
        const { clusterUid, node, timeoutSeconds, gracePeriodSeconds } = request;
        const config = await kubeConfigOf(store.secrets, clusterUid, proxyUrl);
        const deadlineMs = Context.current().info.scheduledTimestampMs + timeoutSeconds * 1_000;
        return drain(config, { node, deadlineMs, gracePeriodSeconds }, pulse);
      }),

    /** Takes the node out of the API, where it is the one that was drained, and waits until it is gone. */
    removeNodeObject: ({ clusterUid, ...removal }: NodeRemoval & NodeRequest): Promise<void> =>
      withHeartbeats(async (pulse) => {
        const config = await kubeConfigOf(store.secrets, clusterUid, proxyUrl);
        await until('STEP_NOT_VERIFIED', pulse, () => nodeRemovalObjection(config, removal));
      }),

    /**
     * Takes all nodes out of the API but those that are named, whose machines are there.
     * @returns names of those that it took out; those of an attempt before are not told.
     */
    removeStaleNodes: (request: {
      readonly clusterUid: string;
      readonly keep: readonly string[];
    }): Promise<{ readonly removed: readonly string[] }> =>
      withHeartbeats(async (pulse) => {
        const config = await kubeConfigOf(store.secrets, request.clusterUid, proxyUrl);
        const removed = new Set<string>();
        await until('STEP_NOT_VERIFIED', pulse, () =>
          staleNodesObjection(config, request.keep, (name) => removed.add(name)),
        );
        return { removed: [...removed] };
      }),

    /** Waits until all checks pass. */
    runHealthChecks: (request: {
      readonly clusterUid: string;
      readonly checks: readonly HealthCheck[];
      readonly nodes: readonly string[];
    }): Promise<void> =>
      withHeartbeats(async (pulse) => {
        const config = await kubeConfigOf(store.secrets, request.clusterUid, proxyUrl);
        await until('VALIDATION_FAILED', pulse, async () => {
          const problems = await findProblems(config, request.checks, request.nodes);
          return problems.length === 0 ? null : problems.join('; ');
        });
      }),
  };
}
