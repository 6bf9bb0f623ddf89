/** All machines but the first join the cluster. */
import type { GuestStep } from '../../domain/guest-step.js';
import type { PlatformCluster, PlatformMachine } from '../platform.js';
import { hostPort } from './api-address.js';
import { encryptionFiles } from './encryption.js';
import { kubeadmDocuments, kubeadmYaml } from './kubeadm-documents.js';
import {
  ADMIN_KUBECONFIG,
  ETCD_DATA,
  ETCD_MANIFEST,
  KUBEADM_CONFIGURATION,
  KUBELET_KUBECONFIG,
  PKI,
} from './paths.js';

const JOIN = `kubeadm join --config ${KUBEADM_CONFIGURATION}`;
/** What a join leaves that did not get as far as the cluster; a new one would stumble over it. */
const LEFTOVERS = [
  '/etc/kubernetes/bootstrap-kubelet.conf',
  `${PKI}/ca.crt`,
  '/etc/kubernetes/manifests/kube-apiserver.yaml',
];

export function joinStep(machine: PlatformMachine, cluster: PlatformCluster): GuestStep {
  const isControlPlane = machine.role === 'CONTROL_PLANE';
  const isMember = isControlPlane ? isControlPlaneMember(machine) : IS_NODE;
  return {
    id: isControlPlane ? 'join-control-plane' : 'join-worker',
    title: isControlPlane ? 'Join the control plane' : 'Join the cluster',
    files: [
      ...(isControlPlane ? encryptionFiles(cluster) : []),
      {
        path: KUBEADM_CONFIGURATION,
        mode: '0600',
        content: kubeadmYaml(kubeadmDocuments(machine, cluster)),
      },
    ],
    observe: isMember,
    act: isControlPlane ? CONTROL_PLANE_JOIN : WORKER_JOIN,
    verify: isMember,
    timeoutSeconds: 900,
  };
}

/** The kubelet got its certificate: the API knows the machine. */
const IS_NODE = `test -s ${KUBELET_KUBECONFIG}\nsystemctl is-active --quiet kubelet`;

/** kubeadm sets the label when the machine is a voting member of etcd. */
function isControlPlaneMember({ name, address }: PlatformMachine): string {
  return [
    IS_NODE,
    `test -s ${ETCD_MANIFEST}`,
    `curl -sf --max-time 10 --cacert ${PKI}/ca.crt -o /dev/null 'https://${hostPort(address)}/livez'`,
    `kubectl --kubeconfig ${ADMIN_KUBECONFIG} --request-timeout=10s get nodes` +
      ` -l node-role.kubernetes.io/control-plane -o name | grep -qx 'node/${name}'`,
  ].join('\n');
}

/** Only what has no certificate of the cluster and no data of etcd has provably never been a part of it. */
const RESET_LEFTOVERS = [
  `if ${LEFTOVERS.map((path) => `test -e ${path}`).join(' || ')}; then kubeadm reset --force; fi`,
];

const WORKER_JOIN = [
  `if test -s ${KUBELET_KUBECONFIG}; then`,
  '  systemctl restart kubelet',
  'else',
  ...RESET_LEFTOVERS.map((line) => `  ${line}`),
  `  ${JOIN}`,
  'fi',
].join('\n');

/** What may be a member already is carried on with: kubeadm finds its certificates, and its member of etcd. */
const CONTROL_PLANE_JOIN = [
  `if test -s ${KUBELET_KUBECONFIG} || test -e ${ETCD_MANIFEST} || test -e ${ETCD_DATA}; then`,
  `  ${JOIN} --skip-phases=preflight,kubelet-start`,
  'else',
  ...RESET_LEFTOVERS.map((line) => `  ${line}`),
  `  ${JOIN}`,
  'fi',
].join('\n');
