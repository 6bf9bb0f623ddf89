/** A cluster with nodes, a Proxmox VE under it, and the activities that have services run there. */
import { randomUUID } from 'node:crypto';
import { CoreV1Api } from '@kubernetes/client-node';
import {
  createClusterServiceActivities,
  type ClusterServiceActivities,
  type ClusterServiceDependencies,
  type StorageRequest,
} from '../../../../activities/kubernetes/services/activities.js';
import { createProxmoxClient, type ProxmoxClient } from '../../../../activities/proxmox/client.js';
import { waitForTask } from '../../../../activities/proxmox/tasks.js';
import type { StorageConfiguration } from '../../../../domain/services/configuration.js';
import { CSI_TOKEN } from '../../../../lab/proxmox/tokens.js';
import type { Store } from '../../../../store/store.js';
import { simulatorTarget, type SimulatorTarget } from '../../../contract/proxmox/simulator-target.js';
import { addNode, startLabCluster, type LabCluster } from '../../../lab/kubernetes/lab-cluster.js';
import { aStore } from '../../../store/store-builder.js';
import { anEnvironment } from '../../proxmox/environment.js';

export const NFS: StorageConfiguration = {
  ...{ kind: 'NFS', storageClass: 'shared', server: '10.1.107.6', path: '/export/demo' },
  ...{ proxmoxStorage: null, token: null },
};

export const CEPH: StorageConfiguration = {
  ...{ kind: 'PROXMOX_CSI', storageClass: 'fast', server: null, path: null },
  ...{ proxmoxStorage: 'ceph-vm', token: 'proxmox-csi' },
};

export const NODE = 'demo-server-1';
const NODE_VM = { host: 'hv5', vmid: 20_000 } as const;
const LABELS = {
  'topology.kubernetes.io/region': 'proxmox',
  'topology.kubernetes.io/zone': NODE_VM.host,
} as const;

export class ServicesWorld {
  readonly clusterUid = randomUUID();
  readonly kubernetes: LabCluster;
  readonly proxmox: SimulatorTarget;
  readonly client: ProxmoxClient;
  readonly store: Store;
  readonly activities: ClusterServiceActivities;

  private constructor(kubernetes: LabCluster, proxmox: SimulatorTarget, store: Store) {
    this.kubernetes = kubernetes;
    this.proxmox = proxmox;
    this.store = store;
    this.client = createProxmoxClient({
      endpoints: [{ url: proxmox.url, trust: proxmox.trust }],
      token: proxmox.token,
    });
    this.activities = this.activitiesWith({});
  }

  /** With one node that is a VM of its own; its class `local-path` is the default one, as K3s has it. */
  static async open(): Promise<ServicesWorld> {
    const kubernetes = await startLabCluster({ components: ['local-storage'] });
    const proxmox = await simulatorTarget({ tokens: [CSI_TOKEN] });
    const world = new ServicesWorld(kubernetes, proxmox, await aStore({ quarantineSeconds: 0 }));
    await world.store.secrets.put(world.clusterUid, 'kubeconfig', kubernetes.kubeconfig);
    await world.run(async () => {
      const config = { name: NODE, memory: 1024, scsihw: 'virtio-scsi-pci', scsi0: 'ceph-vm:8' };
      await waitForTask(world.client, await world.client.createVm(NODE_VM, config));
    });
    addNode(kubernetes, NODE, { labels: LABELS });
    return world;
  }

  activitiesWith(change: Partial<ClusterServiceDependencies>): ClusterServiceActivities {
    const { simulator } = this.proxmox;
    return createClusterServiceActivities({
      store: this.store,
      proxyUrl: null,
      proxmox: { url: simulator.url, caCertificate: simulator.certificate },
      csiTokens: new Map([['proxmox-csi', simulator.tokens[CSI_TOKEN.id] ?? '']]),
      imageMirror: null,
      ...change,
    });
  }

  run<T>(activity: () => Promise<T>): Promise<T> {
    return anEnvironment().run(activity);
  }

  storage(configuration: StorageConfiguration, isDefault = true): StorageRequest {
    return { clusterUid: this.clusterUid, type: 'K3S', configuration, isDefault };
  }

  core(): CoreV1Api {
    return this.kubernetes.config.makeApiClient(CoreV1Api);
  }

  /** Volumes of the storage driver on Proxmox VE. */
  async csiVolumes(): Promise<string[]> {
    const volumes = await this.client.volumes({ host: NODE_VM.host, storage: 'ceph-vm', vmid: 9999 });
    return volumes.map(({ volid }) => volid);
  }

  /** What the node's VM has in its slots behind the first. */
  async attached(): Promise<string[]> {
    const config = await this.client.vmConfig(NODE_VM);
    return Object.entries(config)
      .filter(([slot]) => /^scsi[1-9]/.test(slot))
      .map(([, drive]) => String(drive).split(',')[0] ?? '');
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.kubernetes.close();
    await this.proxmox.close();
    await this.store.close();
  }
}
