/** What answers at the web port of a node: the packaged ingress controller, by the Ingress objects that there are. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Cluster } from '../cluster.js';
import { isReady } from '../controllers/pods.js';
import { keyOf, type KubeObject } from '../model/kube-object.js';
import type { Pod, Wire } from '../model/workloads.js';
import type { V1EndpointSubset, V1IngressSpec } from '@kubernetes/client-node';

interface Ingress extends KubeObject {
  spec: Wire<V1IngressSpec>;
}
interface Endpoints extends KubeObject {
  subsets?: Wire<V1EndpointSubset>[];
}

const CONTROLLER = 'kube-system/traefik';

/** @returns what takes over connections to that port of the node; it ends those that nobody there would take. */
export function serveIngress(cluster: Cluster, node: string, port: number): (socket: Socket) => void {
  const server = createServer((request, response) => answer(cluster, request, response));
  return (socket) => {
    socket.on('error', () => undefined);
    if (forwards(cluster, node, port) && readyPods(cluster, CONTROLLER).length > 0)
      server.emit('connection', socket);
    else socket.destroy();
  };
}

/** A pod of ServiceLB has that port of its node. */
function forwards(cluster: Cluster, node: string, port: number): boolean {
  return (cluster.store.list('pods', 'kube-system') as Pod[]).some(
    (pod) =>
      pod.spec.nodeName === node &&
      isReady(pod) &&
      pod.spec.containers.some(({ ports = [] }) => ports.some(({ hostPort }) => hostPort === port)),
  );
}

/** Names of the pods that a service would pass a connection to. */
function readyPods(cluster: Cluster, service: string): string[] {
  const endpoints: Endpoints | undefined = cluster.store.at('endpoints', service);
  return (endpoints?.subsets ?? [])
    .flatMap(({ addresses = [] }) => addresses)
    .flatMap(({ targetRef }) => targetRef?.name ?? []);
}

function answer(cluster: Cluster, { headers, url = '/' }: IncomingMessage, response: ServerResponse): void {
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  const service = backendOf(cluster, host, url);
  if (service === undefined) {
    response.writeHead(404).end('404 page not found\n');
    return;
  }
  const [pod] = readyPods(cluster, service);
  if (pod === undefined) response.writeHead(503).end('no available server\n');
  // As `agnhost netexec` does: the one program that answers over HTTP in the lab.
  else response.writeHead(200).end(url === '/hostname' ? pod : `NOW: ${new Date().toISOString()}`);
}

/** @returns the key of a service. */
function backendOf(cluster: Cluster, host: string, url: string): string | undefined {
  for (const ingress of cluster.store.list('ingresses.networking.k8s.io') as Ingress[]) {
    const rules = (ingress.spec.rules ?? []).filter((rule) => (rule.host ?? host) === host);
    for (const { path = '/', backend } of rules.flatMap(({ http }) => http?.paths ?? []))
      if (url.startsWith(path) && backend.service !== undefined)
        return keyOf(ingress.metadata.namespace, backend.service.name);
  }
  return undefined;
}
