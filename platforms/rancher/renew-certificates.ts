/** Renews the certificates of a server or an agent of K3s or RKE2 (https://docs.k3s.io/cli/certificate). */
import type { GuestStep } from '../../domain/guest-step.js';
import { PROGRAM_PATHS } from './program-paths.js';

export interface RancherUnit {
  readonly program: 'k3s' | 'rke2';
  /** Of systemd. */
  readonly unit: string;
}

/**
 * The program only takes the certificates away, and only while its service is stopped: the service makes them anew when
 * it starts. Pods go on meanwhile.
 */
export function renewCertificatesStep({ program, unit }: RancherUnit): GuestStep {
  return {
    id: 'renew-certificates',
    title: 'Renew its certificates',
    files: [],
    // Whoever runs this has seen that they end too soon.
    observe: null,
    act: [
      PROGRAM_PATHS,
      `systemctl stop ${unit}`,
      // Whatever becomes of it, the machine is not left without its service.
      'rotated=0',
      `${program} certificate rotate || rotated=$?`,
      `systemctl start --no-block ${unit}`,
      'test "$rotated" -eq 0',
    ].join('\n'),
    verify: `systemctl is-active --quiet ${unit}`,
    timeoutSeconds: 900,
  };
}
