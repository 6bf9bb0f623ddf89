/** Replaces the token with which machines join a cluster of kubeadm. It lasts for a day after each join anyway. */
import type { GuestStep } from '../../domain/guest-step.js';
import { tokenNames } from '../../domain/secrets/rotation-names.js';
import type { PlatformMachine, TokenRotation } from '../platform.js';
import { replaceToken, tokenStep } from '../tokens-on-machine.js';
import { ADMIN_KUBECONFIG, KUBEADM_CONFIGURATION } from './paths.js';

const { current, replaced } = tokenNames('bootstrap-token');

/** The cluster gets to know the new one when it lets the next machine in. */
export const tokenRotation: TokenRotation = {
  secret: current,
  kind: 'kubeadm-token',
  replace: () => [],
  // Those of the control plane let others in with what stands in their settings.
  spread: (machine) => (isControlPlane(machine) ? [spreadStep()] : []),
  restart: () => [],
  withdraw: () => [withdrawStep()],
};

function isControlPlane({ role }: PlatformMachine): boolean {
  return role === 'CONTROL_PLANE';
}

function spreadStep(): GuestStep {
  return tokenStep({
    id: 'spread-token',
    title: 'Write the new token into its settings',
    ...{ old: replaced, new: current },
    script: replaceToken(KUBEADM_CONFIGURATION),
    timeoutSeconds: 120,
  });
}

function withdrawStep(): GuestStep {
  return tokenStep({
    id: 'withdraw-token',
    title: 'Delete the old token',
    ...{ old: replaced, new: current },
    // The part before the full stop names a token, and is no secret.
    script: [
      `if kubeadm token list --kubeconfig ${ADMIN_KUBECONFIG} | grep -qF "\${OLD%%.*}."; then`,
      `  kubeadm token delete --kubeconfig ${ADMIN_KUBECONFIG} "\${OLD%%.*}"`,
      'fi',
    ],
    timeoutSeconds: 120,
  });
}
