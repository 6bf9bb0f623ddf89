/** Fills in the defaults of `platformConfig`. */
import type { ClusterType } from '../../domain/cluster-definition.js';
import { versionObjection } from '../../domain/versions.js';
import type { Known } from '../known.js';
import { k3sPlatform, resolveK3s } from './platforms/k3s.js';
import { okdPlatform, resolveOkd } from './platforms/okd.js';
import { resolveRke2, rke2Platform } from './platforms/rke2.js';
import { resolveTalos, talosPlatform } from './platforms/talos.js';
import { resolveVanilla, vanillaPlatform } from './platforms/vanilla.js';

type PlatformInput = Known<Readonly<Record<string, unknown>>>;

/** @returns the input as it is where it is ill-formed, for a rule to say why. */
export function resolvePlatform(
  input: PlatformInput,
  type: ClusterType | undefined,
  version: string | undefined,
): PlatformInput {
  if (input === undefined || type === undefined) return input;
  const resolved = wellFormed(input, type, version);
  return resolved === undefined ? input : { ...resolved };
}

function wellFormed(
  input: PlatformInput,
  type: ClusterType,
  version: string | undefined,
): object | undefined {
  switch (type) {
    case 'K3S': {
      const { data } = k3sPlatform.safeParse(input);
      return data && resolveK3s(data);
    }
    case 'RKE2': {
      const { data } = rke2Platform.safeParse(input);
      return data && resolveRke2(data);
    }
    case 'VANILLA': {
      const { data } = vanillaPlatform.safeParse(input);
      return data && resolveVanilla(data);
    }
    case 'TALOS': {
      const { data } = talosPlatform.safeParse(input);
      return data && resolveTalos(data);
    }
    case 'OKD': {
      const { data } = okdPlatform.safeParse(input);
      if (data === undefined || version === undefined || versionObjection('OKD', version) !== null)
        return undefined;
      return resolveOkd(data, version);
    }
  }
}
