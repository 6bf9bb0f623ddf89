/** Has the service of a node run the program that was installed last. */
import type { GuestStep } from '../../domain/guest-step.js';

/** @param service name of its systemd unit. */
export function restartStep(service: string, version: string): GuestStep {
  const isActive = `systemctl is-active --quiet ${service}`;
  return {
    id: 'upgrade-restart',
    title: `Restart ${service} as the version that is installed`,
    // What runs does not say which program it was started from: a note that names another version, or a restart that was
    // broken off, restarts it.
    files: [{ path: `/var/lib/clusterwright/${service}-version`, mode: '0644', content: `${version}\n` }],
    observe: isActive,
    // It waits until the server serves, so it must not hold the connection for longer than the step is given.
    act: `systemctl restart --no-block ${service}`,
    verify: isActive,
    timeoutSeconds: 1_200,
  };
}
