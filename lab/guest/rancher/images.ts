/** Where the images of a control plane come from: the machine's own disk, a mirror, or the Internet. */
import { listNames } from '../disk/root-files.js';
import type { CommandCall } from '../shell/guest-command.js';
import type { RancherDistribution } from './distribution.js';
import { logLine } from './fatal.js';
import { mirroredRegistries } from './registries.js';

const RETRY_MS = 10_000;
const HUB = 'docker.io';

/** Goes on trying, as the container runtime does. Rejects with the signal's reason. @throws RancherFatal */
export async function whenImagesAreThere(
  distribution: RancherDistribution,
  { system, service, signal }: CommandCall,
): Promise<void> {
  const mirrored = mirroredRegistries(system.disk, distribution);
  if (!distribution.runsFromImages) return;
  const hasImages = (): boolean =>
    listNames(system.disk, `${distribution.dataFolder}/agent/images`).some((name) => /\.tar/.test(name)) ||
    mirrored.some((registry) => registry === HUB || registry === '*') ||
    system.reachesInternet();
  while (!hasImages()) {
    service?.log(logLine('warning', 'Failed to pull images: dial tcp: connect: no route to host'));
    await system.pause(RETRY_MS, signal);
  }
}
