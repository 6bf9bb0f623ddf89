/** containerd with our configuration. */
import type { GuestStep } from '../../domain/guest-step.js';
import type { VanillaPlatformConfig } from '../../domain/platform-config.js';
import { containerdFiles } from './containerd-files.js';
import type { Release } from './release.js';

export function containerdStep(release: Release, config: VanillaPlatformConfig): GuestStep {
  const runs = 'systemctl is-active --quiet containerd';
  return {
    id: 'configure-containerd',
    title: 'Configure containerd',
    files: containerdFiles(release, config),
    observe: runs,
    act: 'systemctl enable containerd\nsystemctl restart containerd',
    verify: runs,
    timeoutSeconds: 120,
  };
}
