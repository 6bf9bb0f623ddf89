/** Errors of services that run in the cluster itself. */
import { kind, type ErrorKind } from './error-kind.js';

export const CLUSTER_SERVICE_ERRORS = {
  // Services in the cluster
  CSI_TOKEN_UNKNOWN: kind(
    422,
    'never',
    'There is no API token of this name for storage.',
    'Put the token under the name that the detail gives into `CSI_TOKENS_PATH` of the worker, and start it anew.',
  ),
  CLUSTER_OBJECT_TAKEN: kind(
    409,
    'never',
    'An object in the cluster is somebody else’s, so it is not touched.',
    'Remove the object that the detail names, or leave the service out of the definition; then retry the step.',
  ),
  SERVICE_NOT_AVAILABLE: kind(
    503,
    'backoff',
    'What a service runs in the cluster is not Available.',
    'Read the detail, then `kubectl describe` of the pods: an image that cannot be pulled is the common cause.',
  ),
  CLAIM_NOT_BOUND: kind(
    503,
    'backoff',
    'A claim on the StorageClass does not get a volume that a pod can use.',
    'Read the event in the detail: rights of the token, free space and the address of the storage are common causes.',
  ),
  VOLUME_NOT_REMOVABLE: kind(
    409,
    'never',
    'A volume that the cluster made on Proxmox VE cannot be removed.',
    'Detach it from the VM that the detail names, then retry the step; or skip the step to keep it.',
  ),
} as const satisfies Record<string, ErrorKind>;
