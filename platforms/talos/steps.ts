/** What is asked of a machine over the API of Talos. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { TalosStep } from '../../domain/machine-step.js';
import type { PlatformMachine } from '../platform.js';

/** A machine installs itself, and may boot once more before it runs with its configuration. */
const CONFIGURE_SECONDS = 900;
/** Images of etcd and of Kubernetes are pulled first. */
const FORM_SECONDS = 900;
/** The installer is pulled, and Kubernetes' images once more after the restart. */
const UPGRADE_SECONDS = 1_800;

export function configureStep(machine: PlatformMachine): TalosStep {
  return {
    kind: 'talos',
    id: 'apply-configuration',
    title: 'Apply the machine configuration',
    call: { kind: 'apply-configuration', role: talosRole(machine) },
    timeoutSeconds: CONFIGURE_SECONDS,
  };
}

export function bootstrapStep(): TalosStep {
  return {
    kind: 'talos',
    id: 'bootstrap-etcd',
    title: 'Bootstrap etcd',
    call: { kind: 'bootstrap' },
    timeoutSeconds: FORM_SECONDS,
  };
}

export function memberStep(): TalosStep {
  return {
    kind: 'talos',
    id: 'etcd-member',
    title: 'Wait until it votes in etcd',
    call: { kind: 'etcd-member' },
    timeoutSeconds: FORM_SECONDS,
  };
}

export function upgradeStep(version: string): TalosStep {
  return upgradeCall('upgrade-talos', `Bring it to Talos ${version}`, false);
}

/** Of a machine that may have been made from an image of an older release. */
export function versionStep({ version }: ClusterDefinition): TalosStep {
  return upgradeCall('talos-version', `Bring it to Talos ${version}, if it is older`, true);
}

function upgradeCall(id: string, title: string, leavesNewer: boolean): TalosStep {
  const call = { kind: 'upgrade', leavesNewer } as const;
  return { kind: 'talos', id, title, call, timeoutSeconds: UPGRADE_SECONDS };
}

export function answersStep(machine: PlatformMachine): TalosStep {
  return {
    kind: 'talos',
    id: 'answers',
    title: 'Wait until it answers as a machine of the cluster',
    call: { kind: 'answers', role: talosRole(machine) },
    timeoutSeconds: CONFIGURE_SECONDS,
  };
}

function talosRole({ role }: PlatformMachine): 'controlplane' | 'worker' {
  return role === 'CONTROL_PLANE' ? 'controlplane' : 'worker';
}
