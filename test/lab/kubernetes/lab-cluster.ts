/** A control plane behind a real socket, for tests. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { Faults } from '../../../lab/faults.js';
import {
  createLabKubernetes,
  type ControlPlaneOptions,
  type LabControlPlane,
  type NodeRegistration,
} from '../../../lab/kubernetes/lab-kubernetes.js';
import { Latency } from '../../../lab/latency.js';
import { LabState } from '../../../lab/state.js';

export interface LabCluster {
  readonly plane: LabControlPlane;
  readonly url: string;
  readonly faults: Faults;
  readonly config: KubeConfig;
  /** YAML of the administrator. */
  readonly kubeconfig: string;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export const VERSION = 'v1.32.0+k3s1';

const OPTIONS: ControlPlaneOptions = {
  distribution: 'k3s',
  version: VERSION,
  podCidr: '10.42.0.0/16',
  serviceCidr: '10.43.0.0/16',
  clusterDomain: 'cluster.local',
  components: [],
};

/** Starts a lab with one cluster that is called `edge`. */
export async function startLabCluster(
  changes: Partial<ControlPlaneOptions> & { readonly stateDir?: string } = {},
): Promise<LabCluster> {
  const { stateDir, ...options } = changes;
  const faults = new Faults();
  const state = new LabState(stateDir ?? null);
  const lab = createLabKubernetes({ state, faults, latency: new Latency({ speed: 0, seed: 1 }) });
  const plane = await lab.open('edge', { ...OPTIONS, ...options });
  const server = createServer(plane.serve(['10.0.0.5', 'edge.example', '127.0.0.1']));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeconfig = await plane.adminKubeconfig(url);
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  return {
    plane,
    url,
    faults,
    config,
    kubeconfig,
    close: async () => {
      await lab.close();
      state.flush();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Registers a machine and says that it is Ready. */
export function addNode(cluster: LabCluster, name: string, changes: Partial<NodeRegistration> = {}): void {
  const index = cluster.plane.nodeNames().length + 5;
  cluster.plane.registerNode({
    name,
    internalIp: `10.0.0.${index}`,
    version: VERSION,
    labels: {},
    taints: [],
    cores: 4,
    memoryMiB: 8_192,
    roles: [],
    ...changes,
  });
  cluster.plane.setNodeReady(name, true);
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Without the administrator's certificate. */
  readonly anonymous?: boolean;
}

/** One plain HTTPS request; text and bytes are sent as they are, other bodies as JSON. */
export async function call(
  cluster: LabCluster,
  method: string,
  path: string,
  { body, headers = {}, anonymous = false }: CallOptions = {},
): Promise<Answer> {
  const user = cluster.config.getCurrentUser();
  const pem = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString('utf8');
  const credentials = anonymous ? {} : { cert: pem(user?.certData), key: pem(user?.keyData) };
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const bytes = Buffer.from(isRaw ? body : body === undefined ? '' : JSON.stringify(body));
  const request = httpsRequest(`${cluster.url}${path}`, {
    method,
    ca: cluster.plane.caCertificatePem,
    agent: false,
    // Node sends the body of a DELETE without saying so.
    headers: { 'content-type': 'application/json', 'content-length': bytes.length, ...headers },
    ...credentials,
  });
  request.end(bytes);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const isJson = (response.headers['content-type'] ?? '').startsWith('application/json');
  const json =
    isJson && text.trim() !== ''
      ? (JSON.parse(text.trim().split('\n')[0] ?? '') as Record<string, unknown>)
      : {};
  return { status: response.statusCode ?? 0, headers: response.headers, text, json };
}

/** Looks until it finds something; fails with what it saw last when that does not come. */
export async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`not seen within 60 s: ${look.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A Deployment with one container. */
export function aDeployment(name: string, replicas: number, image = 'nginx:1.27') {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image }] },
      },
    },
  };
}
