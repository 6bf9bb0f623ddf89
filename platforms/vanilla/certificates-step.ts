/** Renews the certificates that kubeadm made (https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/). */
import type { GuestStep } from '../../domain/guest-step.js';
import type { PlatformMachine } from '../platform.js';
import { hostPort } from './api-address.js';
import { PKI } from './paths.js';

const RUNTIME = 'unix:///run/containerd/containerd.sock';
const COMPONENTS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

/**
 * The components read their certificates when they start. Their containers are stopped: the kubelet starts them again by
 * itself, so that nothing is left aside when this breaks off. Certificates of kubelets are renewed by the API.
 */
export function certificatesStep({ address }: PlatformMachine): GuestStep {
  return {
    id: 'renew-certificates',
    title: 'Renew its certificates',
    files: [],
    // Whoever runs this has seen that they end too soon.
    observe: null,
    act: [
      'kubeadm certs renew all',
      `for name in ${COMPONENTS.join(' ')}; do`,
      `  for id in $(crictl --runtime-endpoint ${RUNTIME} ps --quiet --name "^$name\\$"); do`,
      `    crictl --runtime-endpoint ${RUNTIME} stop "$id"`,
      '  done',
      'done',
    ].join('\n'),
    verify: `curl -sf --max-time 10 --cacert ${PKI}/ca.crt -o /dev/null 'https://${hostPort(address)}/livez'`,
    timeoutSeconds: 900,
  };
}
