/** What follows from the Kubernetes release that is asked for. */
import { parseVersion } from '../../domain/versions.js';

export interface Release {
  /** As kubeadm writes it: `v1.32.0`. */
  readonly version: string;
  /** As packages write it: `1.32.0`. */
  readonly plain: string;
  readonly minor: number;
}

/** Releases before this one know only the older of kubeadm's formats. */
const FIRST_WITH_V1BETA4 = 31;

/** @param version `v1.32.0`, as the schema has checked. */
export function releaseOf(version: string): Release {
  const minor = parseVersion('VANILLA', version)?.minor ?? Number.NaN;
  return { version, plain: version.replace(/^v/, ''), minor };
}

/** https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/ */
export function configurationFormat({ minor }: Release): 'v1beta3' | 'v1beta4' {
  return minor >= FIRST_WITH_V1BETA4 ? 'v1beta4' : 'v1beta3';
}

/** The image that holds a pod's namespaces: the one that kubeadm of this release asks for. */
export function pauseImage({ minor }: Release, imageRepository: string): string {
  const tag = minor >= 34 ? '3.10.1' : minor >= 31 ? '3.10' : '3.9';
  return `${imageRepository}/pause:${tag}`;
}
