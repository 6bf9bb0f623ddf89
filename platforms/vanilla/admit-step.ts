/** Lets a machine in: run on a member of the cluster, right before the machine joins. */
import type { GuestStep } from '../../domain/guest-step.js';
import type { PlatformMachine } from '../platform.js';
import { ADMIN_KUBECONFIG, KUBEADM_CONFIGURATION } from './paths.js';

const WITH = `--config ${KUBEADM_CONFIGURATION} --kubeconfig ${ADMIN_KUBECONFIG}`;

/**
 * Tokens last for 24 hours and the authorities' keys in the cluster for two. Both are renewed for each machine rather
 * than looked at: a look costs as much, and what is there now may be gone in the middle of the join. Renewing keeps
 * the same token and the same key, so machines that join at the same time do not disturb each other.
 */
export function admitStep(machine: PlatformMachine, member: PlatformMachine): GuestStep {
  const isControlPlane = machine.role === 'CONTROL_PLANE';
  return {
    id: 'admit',
    on: member.name,
    title: isControlPlane ? 'Renew the join token and the certificate key' : 'Renew the join token',
    files: [],
    observe: null,
    act: [
      `kubeadm init phase bootstrap-token ${WITH} --skip-token-print`,
      ...(isControlPlane
        ? [`kubeadm init phase upload-certs ${WITH} --upload-certs --skip-certificate-key-print`]
        : []),
    ].join('\n'),
    verify: [
      `kubeadm token list --kubeconfig ${ADMIN_KUBECONFIG} | grep -q 'authentication,signing'`,
      ...(isControlPlane
        ? [`kubectl --kubeconfig ${ADMIN_KUBECONFIG} -n kube-system get secret kubeadm-certs -o name`]
        : []),
    ].join('\n'),
    timeoutSeconds: 120,
  };
}
