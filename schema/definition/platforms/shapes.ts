/** The shape of each distribution's `platformConfig`. */
import type * as z from 'zod';
import type { ClusterType } from '../../../domain/cluster-definition.js';
import { k3sPlatform } from './k3s.js';
import { okdPlatform } from './okd.js';
import { rke2Platform } from './rke2.js';
import { talosPlatform } from './talos.js';
import { vanillaPlatform } from './vanilla.js';

export const PLATFORM_SHAPES = {
  OKD: okdPlatform,
  TALOS: talosPlatform,
  K3S: k3sPlatform,
  RKE2: rke2Platform,
  VANILLA: vanillaPlatform,
} as const satisfies Readonly<Record<ClusterType, z.ZodType>>;
