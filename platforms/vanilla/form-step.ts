/** The first control-plane machine forms the cluster. */
import type { GuestStep } from '../../domain/guest-step.js';
import type { PlatformCluster, PlatformMachine } from '../platform.js';
import { apiAddress } from './api-address.js';
import { encryptionFiles } from './encryption.js';
import { kubeVipFiles } from './kube-vip-files.js';
import { kubeadmDocuments, kubeadmYaml } from './kubeadm-documents.js';
import { ADMIN_KUBECONFIG, ETCD_DATA, KUBEADM_CONFIGURATION, PKI } from './paths.js';
import { pkiFiles } from './pki-files.js';

/** What an earlier attempt leaves, however early it broke off. */
const TRACES = [ETCD_DATA, '/etc/kubernetes/manifests/kube-apiserver.yaml', '/var/lib/kubelet/config.yaml'];

/**
 * A machine on which etcd has stored something may have formed the cluster already, and is never reset: the phases of
 * `kubeadm init` are repeated over what is there, which keeps certificates and data. Only the first checks are left
 * out then, as they would complain of just that.
 */
export function formStep(machine: PlatformMachine, cluster: PlatformCluster): GuestStep {
  // kubeadm installs kube-proxy last of all.
  const isFormed = [
    `test -s ${ADMIN_KUBECONFIG}`,
    'systemctl is-active --quiet kubelet',
    `export KUBECONFIG=${ADMIN_KUBECONFIG}`,
    `kubectl --request-timeout=10s get --raw=/readyz >/dev/null`,
    `kubectl --request-timeout=10s get node '${machine.name}' -o name`,
    `kubectl --request-timeout=10s -n kube-system get daemonset kube-proxy -o name`,
  ].join('\n');
  return {
    id: 'form-cluster',
    title: 'Form the cluster',
    files: [
      ...pkiFiles(),
      ...encryptionFiles(cluster),
      ...kubeVipFiles(cluster, true),
      {
        path: KUBEADM_CONFIGURATION,
        mode: '0600',
        content: kubeadmYaml(kubeadmDocuments(machine, cluster)),
      },
    ],
    observe: isFormed,
    act: [
      `if ${TRACES.map((path) => `test -e ${path}`).join(' || ')}; then`,
      `  kubeadm init --config ${KUBEADM_CONFIGURATION} --skip-token-print --skip-phases=preflight`,
      'else',
      ...refuseSecondCluster(cluster).map((line) => `  ${line}`),
      `  kubeadm init --config ${KUBEADM_CONFIGURATION} --skip-token-print`,
      'fi',
    ].join('\n'),
    verify: isFormed,
    timeoutSeconds: 900,
  };
}

/** Whoever answers with a certificate of our own authority is this cluster, and must not get a twin. */
function refuseSecondCluster(cluster: PlatformCluster): string[] {
  return [
    `if curl -s --max-time 10 --cacert ${PKI}/ca.crt -o /dev/null 'https://${apiAddress(cluster)}/livez'; then`,
    `  echo 'the API of this cluster answers at ${apiAddress(cluster)}: a second one is not formed' >&2`,
    '  exit 1',
    'fi',
  ];
}
