/** What a storage driver is made of in a cluster: it does its work only where its pods run. */
import { isReady } from '../controllers/pods.js';
import type { Cluster } from '../cluster.js';
import type { KubeObject } from '../model/kube-object.js';
import type { Pod } from '../model/workloads.js';
import type { ProxmoxConfiguration } from './proxmox-api.js';

export interface Driver {
  readonly name: string;
  /** Parts of the images of its controller and of what runs on each node. */
  readonly controllerImage: string;
  readonly nodeImage: string;
}

export const PROXMOX: Driver = {
  name: 'csi.proxmox.sinextra.dev',
  controllerImage: '/proxmox-csi-controller:',
  nodeImage: '/proxmox-csi-node:',
};
export const NFS: Driver = {
  name: 'nfs.csi.k8s.io',
  controllerImage: '/csi-provisioner:',
  nodeImage: '/nfsplugin:',
};
type Secret = KubeObject & { readonly data?: Readonly<Record<string, string>> };

const PROVISIONER = '/csi-provisioner:';

export function driverNamed(name: unknown): Driver | undefined {
  return [PROXMOX, NFS].find((driver) => driver.name === name);
}

/** The pod that makes its volumes, with the provisioner that asks for them. */
export function controllerPod(cluster: Cluster, { controllerImage }: Driver): Pod | undefined {
  return readyPods(cluster).find((pod) => hasImage(pod, controllerImage) && hasImage(pod, PROVISIONER));
}

export function runsOn(cluster: Cluster, { nodeImage }: Driver, node: string): boolean {
  return readyPods(cluster).some((pod) => pod.spec.nodeName === node && hasImage(pod, nodeImage));
}

/** As the plugin reads it from the files that its pod has. @throws Error when there is none, or it is none. */
export function configurationOf(
  cluster: Cluster,
  pod: Pod,
): ProxmoxConfiguration & { readonly region: string } {
  const secretName = pod.spec.volumes?.find(({ secret }) => secret !== undefined)?.secret?.secretName ?? '';
  const secret: Secret | undefined = cluster.store.at('secrets', `${pod.metadata.namespace}/${secretName}`);
  const file = (name: string): string | undefined => {
    const data = secret?.data?.[name];
    return data === undefined ? undefined : Buffer.from(data, 'base64').toString('utf8');
  };
  const text = file('config.yaml');
  if (text === undefined) throw new Error(`secret "${secretName}" has no config.yaml`);
  const { clusters } = JSON.parse(text) as {
    clusters: { url: string; token_id: string; token_secret: string; region: string }[];
  };
  const [one] = clusters;
  if (one === undefined) throw new Error('clusters: none');
  const trust = pod.spec.containers
    .flatMap(({ env }) => env ?? [])
    .find(({ name }) => name === 'SSL_CERT_FILE')?.value;
  const ca = trust === undefined ? undefined : file(trust.slice(trust.lastIndexOf('/') + 1));
  return {
    url: one.url,
    token: `${one.token_id}=${one.token_secret}`,
    region: one.region,
    ...(ca === undefined ? {} : { ca }),
  };
}

function readyPods(cluster: Cluster): Pod[] {
  return (cluster.store.list('pods') as Pod[]).filter(isReady);
}

function hasImage({ spec }: Pod, part: string): boolean {
  return spec.containers.some(({ image }) => `/${image ?? ''}`.includes(part));
}
