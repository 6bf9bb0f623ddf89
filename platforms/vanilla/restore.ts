/**
 * Putting a snapshot of etcd back where kubeadm runs it (https://etcd.io/docs/v3.6/op-guide/recovery/): the first machine
 * gets a data directory that etcd's own tool makes of the snapshot, with itself as the only member, and `kubeadm init` goes
 * on from there; the others lose their data and join as new members.
 */
import type { GuestStep } from '../../domain/guest-step.js';
import type { RestorePaths } from '../../domain/restore/restore-paths.js';
import { shellWord } from '../../domain/services/shell-word.js';
import type { PlatformCluster, PlatformMachine, PlatformRestore } from '../platform.js';
import { hostPort } from './api-address.js';
import { formStep } from './form-step.js';
import { ETCD_DATA, KUBEADM_CONFIGURATION, MANIFESTS } from './paths.js';

const ETCD_FOLDER = '/var/lib/etcd';
const ETCD_PEER_PORT = 2_380;
const CRICTL = 'crictl --runtime-endpoint unix:///run/containerd/containerd.sock';
/** In the namespace where the kubelet's images are; the kubelet leaves alone what it has not started. */
const CTR = 'ctr --namespace k8s.io';
const CONTAINER = 'clusterwright-restore';
const COMPONENTS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'];
/** 8 GiB from a slow disk, and an image that has to be fetched. */
const RESTORE_SECONDS = 3_600;
const STOP_SECONDS = 300;

export const restore: PlatformRestore = {
  stop: stopStep,
  fromSnapshot: snapshotStep,
  rejoin: (machine, paths) => (machine.role === 'CONTROL_PLANE' ? memberStep(paths) : workerStep(paths)),
  database: `${ETCD_DATA}/snap/db`,
};

/** The kubelet would start the pods again, also after a boot: it stays off until the machine is a part of the cluster. */
function stopStep(): GuestStep {
  return {
    id: 'stop-server',
    title: 'Stop the kubelet and the control plane',
    files: [],
    observe: null,
    act: [
      'systemctl disable kubelet',
      'systemctl stop kubelet',
      `for name in ${COMPONENTS.join(' ')}; do`,
      `  for id in $(${CRICTL} ps --quiet --name "^$name\\$"); do ${CRICTL} stop "$id"; done`,
      'done',
    ].join('\n'),
    verify: [
      '! systemctl is-active --quiet kubelet',
      `running=$(${CRICTL} ps --quiet --name '^etcd$')`,
      'test -z "$running"',
    ].join('\n'),
    timeoutSeconds: STOP_SECONDS,
  };
}

/** The configuration names the image that has the tool; what is left of it on the machine is the data directory alone. */
function snapshotStep(machine: PlatformMachine, cluster: PlatformCluster, paths: RestorePaths): GuestStep {
  const isDone = `test -e ${paths.folder}/restored`;
  const made = `${paths.folder}/etcd`;
  const mount = `--mount type=bind,src=${paths.folder},dst=${paths.folder},options=rbind:rw`;
  const withImage = `${CTR} run --rm ${mount} "$image" ${CONTAINER}`;
  return {
    id: 'restore-snapshot',
    title: 'Restore the snapshot of etcd',
    files: formStep(machine, cluster).files,
    observe: isDone,
    act: [
      `if ! ${isDone}; then`,
      'systemctl enable kubelet',
      ...setAside(paths, ETCD_DATA, 'member'),
      // Of an attempt that was broken off.
      `rm -rf ${made}`,
      `image=$(kubeadm config images list --config ${KUBEADM_CONFIGURATION} | grep '/etcd:')`,
      `${CRICTL} pull "$image" >/dev/null`,
      // What runs on of an attempt that was broken off.
      `${CTR} tasks delete --force ${CONTAINER} 2>/dev/null || :`,
      `${CTR} containers delete ${CONTAINER} 2>/dev/null || :`,
      // Images of etcd 3.5 may have etcdctl alone, which does not restore any more from 3.6 on.
      'tool=etcdutl',
      `if ! ${withImage} "$tool" --help >/dev/null 2>&1; then tool=etcdctl; fi`,
      [
        `${withImage} "$tool" snapshot restore ${paths.snapshot} --data-dir ${made}`,
        ...memberFlags(machine),
      ].join(' '),
      `install -d -m 0700 ${ETCD_FOLDER}`,
      `mv ${made}/member ${ETCD_DATA}`,
      `touch ${paths.folder}/restored`,
      'fi',
      `rm -rf ${made} ${paths.snapshot}`,
    ].join('\n'),
    verify: isDone,
    timeoutSeconds: RESTORE_SECONDS,
  };
}

/** As kubeadm names the member that it makes. */
function memberFlags({ name, address }: PlatformMachine): string[] {
  const url = `https://${hostPort(address, ETCD_PEER_PORT)}`;
  return [
    `--name ${shellWord(name)}`,
    `--initial-cluster ${shellWord(`${name}=${url}`)}`,
    `--initial-advertise-peer-urls ${shellWord(url)}`,
  ];
}

/** With its certificates, and without data and pods of its own it is taken for a machine whose join broke off. */
function memberStep(paths: RestorePaths): GuestStep {
  const isDone = `test -e ${paths.folder}/reset`;
  return {
    id: 'reset-member',
    title: 'Set the data of the former member aside',
    files: [],
    observe: isDone,
    act: [
      `if ! ${isDone}; then`,
      ...setAside(paths, ETCD_DATA, 'member'),
      ...setAside(paths, MANIFESTS, 'manifests'),
      `mkdir -p ${MANIFESTS}`,
      'systemctl enable kubelet',
      'systemctl start kubelet',
      `touch ${paths.folder}/reset`,
      'fi',
    ].join('\n'),
    verify: isDone,
    timeoutSeconds: STOP_SECONDS,
  };
}

/** A kubelet registers its node when it starts: the restored cluster may not know it. Its pods go on. */
function workerStep({ folder }: RestorePaths): GuestStep {
  const isDone = `test -e ${folder}/reconnected`;
  return {
    id: 'reconnect-agent',
    title: 'Connect the kubelet to the restored cluster',
    files: [],
    observe: isDone,
    act: [`mkdir -p ${folder}`, 'systemctl restart kubelet', `touch ${folder}/reconnected`].join('\n'),
    verify: isDone,
    timeoutSeconds: STOP_SECONDS,
  };
}

/**
 * Once: what a broken attempt of this restore has made is not what was there before. A copy, as the folders may lie on
 * different disks, between which nothing moves in one go.
 */
function setAside({ folder, kept }: RestorePaths, path: string, name: string): string[] {
  const copy = `${kept}/${name}`;
  return [
    'umask 077',
    `mkdir -p ${folder} ${kept}`,
    `if ! test -e ${copy}.done; then`,
    `  if test -e ${path} && ! test -e ${copy}; then`,
    `    rm -rf ${copy}.part`,
    `    cp -Rp ${path} ${copy}.part`,
    `    mv ${copy}.part ${copy}`,
    '  fi',
    `  touch ${copy}.done`,
    'fi',
    `rm -rf ${path}`,
  ];
}
