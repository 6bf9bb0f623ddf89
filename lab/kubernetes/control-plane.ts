/** One control plane: what it keeps, its controllers, and the API in front of them. */
import type { Socket } from 'node:net';
import type { LabState } from '../state.js';
import { ensureFirstObjects } from './addons/first-objects.js';
import { followDefinitions } from './api/defined-kinds.js';
import { change, ensure } from './api/writer.js';
import type { Cluster } from './cluster.js';
import { createControllers } from './controllers/all-controllers.js';
import { ControlLoop } from './controllers/control-loop.js';
import { ApiServer } from './http/api-server.js';
import { serveIngress } from './http/ingress.js';
import type {
  ControlPlaneOptions,
  LabControlPlane,
  LabKubernetesOptions,
  NodeRegistration,
} from './lab-kubernetes.js';
import { isNodeReady } from './controllers/placement.js';
import type { Node, Pod } from './model/workloads.js';
import { registerNode, setEtcdVoter, setNodeReady } from './node-registration.js';
import { issueClientCertificate, issueServingCertificate } from './pki/certificates.js';
import { authorityHash, createClusterKeys } from './pki/cluster-keys.js';
import { adminKubeconfig } from './pki/kubeconfig.js';
import { Registry } from './registry/registry.js';
import { keepSaved, loadCluster, removeCluster, type ClusterFile } from './store/cluster-files.js';
import { ObjectStore } from './store/object-store.js';
import { checkSubnets } from './subnets.js';

export interface RunningControlPlane extends LabControlPlane {
  /** Takes over what a server was started with anew, such as another version. */
  configure(options: ControlPlaneOptions): void;
  /** Ends all connections and saves what there is. */
  stop(): void;
}

/**
 * @param file what it begins with, where that is not what was kept of it.
 * @throws Error when a network of the options is not in CIDR notation.
 */
export async function openControlPlane(
  id: string,
  options: ControlPlaneOptions,
  { state, latency, faults }: LabKubernetesOptions,
  file: ClusterFile | undefined = loadCluster(id, state),
): Promise<RunningControlPlane> {
  checkSubnets(options);
  const keys = file?.keys ?? (await createClusterKeys(options.authority));
  const store = new ObjectStore(file?.content);
  const cluster: Cluster = { id, options, keys, store, latency, registry: new Registry() };
  const unfollow = followDefinitions(cluster);
  ensureFirstObjects(cluster);
  const loop = new ControlLoop(cluster, createControllers());
  const server = new ApiServer(cluster, faults);
  const finishSaving = keepSaved(id, state, cluster);
  loop.start();

  return {
    id,
    caHash: authorityHash(keys.serverAuthority.certificate),
    caCertificatePem: keys.serverAuthority.certificate,
    serve: (names, supervisor): ((socket: Socket) => void) => server.serve(names, supervisor),
    serveIngress: (node, port) => serveIngress(cluster, node, port),
    adminKubeconfig: (address, admin = keys.admin) =>
      Promise.resolve(adminKubeconfig({ ...keys, admin }, address)),
    issue: (wanted) =>
      'subject' in wanted
        ? issueClientCertificate(keys.clientAuthority, wanted.subject)
        : issueServingCertificate(keys.serverAuthority, wanted.names),
    registerNode: (node: NodeRegistration) => loop.whenWritable(() => registerNode(cluster, node)),
    setNodeReady: (name, ready, reason) =>
      loop.whenWritable(() => setNodeReady(cluster, name, ready, reason)),
    setEtcdVoter: (name, voter) => loop.whenWritable(() => setEtcdVoter(cluster, name, voter)),
    setQuorum: (hasQuorum) => {
      server.setQuorum(hasQuorum);
      loop.setPaused(!hasQuorum);
    },
    nodeNames: () => store.list('nodes').map(({ metadata }) => metadata.name),
    objects: {
      get: (resource, name) => store.at(resource, name),
      ensure: (resource, draft) => loop.whenWritable(() => void ensure(cluster, resource, draft)),
      change: (resource, name, status) =>
        loop.whenWritable(() => change(cluster, resource, name, (draft) => void (draft['status'] = status))),
    },
    isNodeReady: (name) => isNodeReady(store.at('nodes', name) as Node | undefined),
    runningImages: (node) => runningImages(store, node),
    snapshot: () => ({ options: cluster.options, keys, content: store.snapshot() }),
    configure: (changed) => {
      cluster.options = changed;
    },
    stop: () => {
      loop.stop();
      server.close();
      unfollow();
      finishSaving();
    },
  };
}

function runningImages(store: ObjectStore, node: string): string[] {
  return (store.list('pods') as Pod[])
    .filter(({ spec, status }) => spec.nodeName === node && status.phase === 'Running')
    .flatMap(({ spec }) => spec.containers.map(({ image }) => image ?? ''));
}

export function removeControlPlane(id: string, state: LabState): void {
  removeCluster(id, state);
}
