/** What kubeadm does through the API. */
import { stringify } from 'yaml';
import type { CommandCall } from '../shell/guest-command.js';
import {
  apiClient,
  ApiUnreachable,
  messageOf,
  type ApiAnswer,
  type ApiClient,
  type ApiRequest,
} from '../kubectl/api-client.js';
import { KubeadmFailure } from './failure.js';
import { fileText } from './host.js';

export const LOOKS = 480;
/** `KubernetesAPICallRetryInterval` of kubeadm. */
export const LOOK_EVERY_MS = 500;
/** So that a test which waits in vain does not wait for long, and a lab that goes slowly does not spin. */
const AT_LEAST_MS = 25;

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly ownerReferences?: readonly { readonly name: string; readonly uid: string }[];
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export class Administrator {
  private readonly client: ApiClient;
  private readonly call: CommandCall;

  /** @param kubeconfig YAML. */
  constructor(call: CommandCall, kubeconfig: string) {
    this.call = call;
    this.client = apiClient(call.system, kubeconfig, call.signal);
  }

  /** @throws KubeadmFailure where there is no such file. */
  static of(call: CommandCall, path: string): Administrator {
    return new Administrator(call, fileText(call.system.disk, call.path(path)));
  }

  /** @throws KubeadmFailure when the API does not answer in time. */
  async waitForApi(): Promise<void> {
    for (let look = 0; look < LOOKS; look += 1) {
      try {
        if ((await this.client.send({ path: '/readyz' })).status === 200) return;
      } catch (error) {
        if (!(error instanceof ApiUnreachable)) throw error;
      }
      await this.call.system.pause(LOOK_EVERY_MS, this.call.signal, AT_LEAST_MS);
    }
    throw new KubeadmFailure(
      'error execution phase wait-control-plane: failed while waiting for the control plane to start: context deadline exceeded',
    );
  }

  /** @returns `undefined` where there is none. */
  async find(path: string): Promise<KubeObject | undefined> {
    const answer = await this.send({ path });
    return answer.status === 404 ? undefined : (JSON.parse(this.check(answer).text) as KubeObject);
  }

  async list(path: string): Promise<readonly KubeObject[]> {
    const { text } = this.check(await this.send({ path }));
    return (JSON.parse(text) as { items: readonly KubeObject[] }).items;
  }

  /** Makes the object or brings it up to date. @param plural as addresses have it. */
  async put(plural: string, object: KubeObject): Promise<KubeObject> {
    const { apiVersion, metadata } = object;
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const folder = metadata.namespace === undefined ? base : `${base}/namespaces/${metadata.namespace}`;
    const answer = await this.send({
      method: 'PATCH',
      path: `${folder}/${plural}/${metadata.name}?fieldManager=kubeadm&force=true`,
      body: object,
      contentType: 'application/apply-patch+yaml',
    });
    return JSON.parse(this.check(answer).text) as KubeObject;
  }

  async patch(path: string, body: unknown): Promise<void> {
    const contentType = 'application/strategic-merge-patch+json';
    this.check(await this.send({ method: 'PATCH', path, body, contentType }));
  }

  private async send(request: ApiRequest): Promise<ApiAnswer> {
    try {
      return await this.client.send(request);
    } catch (error) {
      if (error instanceof ApiUnreachable) throw new KubeadmFailure(`error: ${error.message}`);
      throw error;
    }
  }

  private check(answer: ApiAnswer): ApiAnswer {
    if (answer.status < 400) return answer;
    throw new KubeadmFailure(`error: ${messageOf(answer.text)}`);
  }
}

export function configMap(
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>>,
): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

export function secret(
  namespace: string,
  name: string,
  type: string,
  data: Readonly<Record<string, string>>,
): KubeObject {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type,
    data: Object.fromEntries(encoded),
  };
}

export function secretText({ data = {} }: KubeObject, key: string): string {
  return Buffer.from(data[key] ?? '', 'base64').toString();
}

/** A kubeconfig without credentials, or with the paths of some. */
export function plainKubeconfig(
  server: string,
  certificate: string,
  user: Readonly<Record<string, string>> = {},
): string {
  const authority = Buffer.from(certificate).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'kubernetes', cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: 'default', user }],
    contexts: [{ name: 'default', context: { cluster: 'kubernetes', user: 'default' } }],
    'current-context': 'default',
  });
}
