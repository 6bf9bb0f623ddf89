/** Replaces the token of K3s and RKE2 (https://docs.k3s.io/cli/token#k3s-token-rotate). */
import type { GuestStep } from '../../domain/guest-step.js';
import { tokenNames } from '../../domain/secrets/rotation-names.js';
import type { PlatformMachine, TokenRotation } from '../platform.js';
import { expectIn, replaceToken, tokenStep } from '../tokens-on-machine.js';
import { PROGRAM_PATHS } from './program-paths.js';
import type { RancherUnit } from './renew-certificates.js';

const { current, next, replaced } = tokenNames('join-token');

export function rancherTokenRotation(unitOf: (machine: PlatformMachine) => RancherUnit): TokenRotation {
  return {
    secret: current,
    kind: 'random',
    replace: (machine) => [replaceStep(unitOf(machine))],
    spread: (machine) => [spreadStep(unitOf(machine))],
    restart: (machine) => [restartStep(unitOf(machine))],
    // The cluster knows one token at a time.
    withdraw: () => [],
  };
}

/**
 * What the datastore keeps of the cluster's keys is sealed with the new token from here on: a server that starts with
 * the old one does not come up, so the settings of all follow at once.
 */
function replaceStep({ program }: RancherUnit): GuestStep {
  const path = `/var/lib/rancher/${program}/server/token`;
  return tokenStep({
    id: 'replace-token',
    title: 'Give the cluster its new token',
    ...{ old: current, new: next },
    script: [
      PROGRAM_PATHS,
      `case "$(cat ${path})" in`,
      '  *"::server:$NEW") ;;',
      // The program takes the new one as an argument only: it can be seen on this machine for that moment.
      `  *) ${program.toUpperCase()}_TOKEN="$OLD" ${program} token rotate --new-token "$NEW" ;;`,
      'esac',
      ...expectIn(path, '*"::server:$NEW"'),
    ],
    timeoutSeconds: 300,
  });
}

function spreadStep({ program }: RancherUnit): GuestStep {
  return tokenStep({
    id: 'spread-token',
    title: 'Write the new token into its settings',
    ...{ old: replaced, new: current },
    script: replaceToken(`/etc/rancher/${program}/config.yaml`),
    timeoutSeconds: 120,
  });
}

function restartStep({ unit }: RancherUnit): GuestStep {
  return {
    id: 'restart-with-token',
    title: 'Start it anew with the new token',
    files: [],
    observe: null,
    act: `systemctl restart --no-block ${unit}`,
    verify: `systemctl is-active --quiet ${unit}`,
    timeoutSeconds: 900,
  };
}
