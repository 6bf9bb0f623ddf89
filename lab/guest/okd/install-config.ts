/** `install-config.yaml`, refused as the install programme refuses it. */
import { parse } from 'yaml';
import * as z from 'zod';
import { parseCidr } from '../../../domain/network/cidr.js';

export interface InstallConfig {
  readonly name: string;
  readonly baseDomain: string;
  readonly masters: number;
  readonly workers: number;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly sshKey: string;
}

/** The programme ends with it. */
export class InstallError extends Error {}

const cidr = z.string().refine((text) => typeof parseCidr(text) !== 'string', 'is no CIDR');
const pool = z.strictObject({
  name: z.string(),
  replicas: z.int().min(0),
  architecture: z.literal('amd64').optional(),
  hyperthreading: z.enum(['Enabled', 'Disabled']).optional(),
  platform: z.unknown().optional(),
});

const schema = z.strictObject({
  apiVersion: z.literal('v1'),
  baseDomain: z.string().regex(/^[a-z0-9.-]+$/),
  metadata: z.strictObject({ name: z.string().regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/) }),
  compute: z
    .array(pool.extend({ name: z.literal('worker') }))
    .max(1)
    .optional(),
  controlPlane: pool.extend({ name: z.literal('master'), replicas: z.int().min(1) }),
  networking: z.strictObject({
    networkType: z.literal('OVNKubernetes'),
    clusterNetwork: z.array(z.strictObject({ cidr, hostPrefix: z.int() })).length(1),
    serviceNetwork: z.array(cidr).length(1),
    machineNetwork: z.array(z.strictObject({ cidr })).optional(),
  }),
  platform: z.strictObject({ none: z.strictObject({}) }),
  pullSecret: z.string(),
  sshKey: z.string().regex(/^ssh-\S+ \S+/, 'no key found'),
  fips: z.boolean().optional(),
});

/** @throws InstallError */
export function parseInstallConfig(text: string): InstallConfig {
  const config = schema.safeParse(yamlOf(text));
  if (!config.success) {
    const [issue] = config.error.issues;
    throw new InstallError(`invalid "install-config.yaml" file: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { metadata, baseDomain, compute = [], controlPlane, networking, pullSecret, sshKey } = config.data;
  checkPullSecret(pullSecret);
  const [cluster] = networking.clusterNetwork;
  const [service = ''] = networking.serviceNetwork;
  const pods = parseCidr(cluster?.cidr ?? '');
  const hostPrefix = cluster?.hostPrefix ?? 0;
  if (typeof pods !== 'string' && hostPrefix < pods.prefixLength) {
    throw new InstallError(
      `networking.clusterNetwork[0].hostPrefix: Invalid value: ${hostPrefix}: cluster network host subnetwork prefix must not be larger size than CIDR ${cluster?.cidr}`,
    );
  }
  return {
    name: metadata.name,
    baseDomain,
    masters: controlPlane.replicas,
    workers: compute[0]?.replicas ?? 3,
    podCidr: cluster?.cidr ?? '',
    serviceCidr: service,
    sshKey,
  };
}

function yamlOf(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new InstallError(`failed to unmarshal install-config.yaml: ${(error as Error).message}`);
  }
}

function checkPullSecret(text: string): void {
  let auths: unknown;
  try {
    auths = (JSON.parse(text) as { auths?: unknown }).auths;
  } catch {
    auths = undefined;
  }
  if (typeof auths === 'object' && auths !== null && Object.keys(auths).length > 0) return;
  throw new InstallError('pullSecret: Invalid value: auths required');
}
