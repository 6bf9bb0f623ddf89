/** `kubeadm reset`: takes the machine out of the cluster's etcd, and leaves nothing of it on the disk. */
import { isThere, listNames, readText, removeAll } from '../disk/root-files.js';
import type { CommandCall } from '../shell/guest-command.js';
import {
  ADMIN_CONF,
  BOOTSTRAP_CONF,
  ETCD_DATA,
  ETCD_FOLDER,
  KUBELET_CONF,
  KUBELET_FOLDER,
  MANIFESTS,
  nodeName,
  PKI,
} from './host.js';

export async function reset(call: CommandCall): Promise<void> {
  const { disk, kubeadmClusters } = call.system;
  const id = readText(disk, ETCD_DATA)?.trim();
  const cluster = id === undefined ? undefined : await kubeadmClusters.find(id);
  const node = nodeName(call.system, undefined);
  // Without its manifest kubeadm does not know that there is a member.
  if (isThere(disk, `${MANIFESTS}/etcd.yaml`) && Object.keys(cluster?.record.members ?? {}).length > 1)
    cluster?.etcd.remove(node);
  await call.script('systemctl stop kubelet');
  call.system.containers.endAll();
  for (const folder of [MANIFESTS, PKI, ETCD_FOLDER, KUBELET_FOLDER])
    for (const name of listNames(disk, folder)) removeAll(disk, `${folder}/${name}`);
  for (const file of [ADMIN_CONF, KUBELET_CONF, BOOTSTRAP_CONF]) removeAll(disk, file);
}
