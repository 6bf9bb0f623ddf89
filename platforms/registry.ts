/** The distributions that can be provisioned. */
import type { ClusterType } from '../domain/cluster-definition.js';
import { fail } from '../domain/errors.js';
import { k3s } from './k3s/k3s.js';
import type { Platform } from './platform.js';
import { okd } from './okd/okd.js';
import { rke2 } from './rke2/rke2.js';
import { talos } from './talos/talos.js';
import { vanilla } from './vanilla/vanilla.js';

export const PLATFORMS: readonly Platform[] = [k3s, okd, rke2, talos, vanilla];

/** @throws `PLATFORM_NOT_AVAILABLE` */
export function platformOf(type: ClusterType): Platform {
  const platform = PLATFORMS.find((candidate) => candidate.type === type);
  if (platform !== undefined) return platform;
  const available = PLATFORMS.map((candidate) => candidate.type).join(', ');
  const detail = `${type} is not available; available: ${available}`;
  throw fail('PLATFORM_NOT_AVAILABLE', detail, { faults: [{ pointer: '/type', detail }] });
}
