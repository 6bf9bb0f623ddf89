/** Errors of requests to the API. */
import { kind, type ErrorKind } from './error-kind.js';

export const REQUEST_ERRORS = {
  // The request
  INVALID_REQUEST: kind(
    400,
    'never',
    'The request is not valid.',
    'Correct each field that `errors` points to.',
  ),
  MALFORMED_JSON: kind(
    400,
    'never',
    'The body is not valid JSON.',
    'Send one JSON document, encoded as UTF-8.',
  ),
  BODY_TOO_LARGE: kind(413, 'never', 'The body is too large.', 'Keep a definition under 1 MiB.'),
  UNSUPPORTED_MEDIA_TYPE: kind(
    415,
    'never',
    'The body is not declared as JSON.',
    'Send the header `Content-Type: application/json`.',
  ),
  UNAUTHENTICATED: kind(
    401,
    'never',
    'A valid API key is needed.',
    'Send `Authorization: Bearer <key>` with a key whose hash is configured in `API_KEY_SHA256`.',
  ),
  NOT_FOUND: kind(404, 'never', 'There is nothing at this address.', 'Look the paths up in `/openapi.json`.'),
  METHOD_NOT_ALLOWED: kind(
    405,
    'never',
    'This address does not take that method.',
    'Use a method of the `Allow` header.',
  ),
  CLUSTER_NOT_FOUND: kind(
    404,
    'never',
    'There is no such cluster.',
    'List the clusters with `GET /api/v1/clusters`.',
  ),
  OPERATION_NOT_FOUND: kind(
    404,
    'never',
    'There is no such operation.',
    'Use the address that the 202 answer gave in `Location`.',
  ),
  CLUSTER_EXISTS: kind(
    409,
    'never',
    'A cluster of this name exists.',
    'Choose another name, or decommission the existing cluster first.',
  ),
  CLUSTER_BUSY: kind(
    409,
    'never',
    'The cluster is busy with another operation.',
    'Wait for the operation that is named, or cancel it.',
  ),
  PHASE_CONFLICT: kind(
    409,
    'never',
    'The cluster is not in a phase that allows this.',
    'Look at its phase with `GET /api/v1/clusters/{name}`.',
  ),
  NODE_GROUP_NOT_FOUND: kind(
    404,
    'never',
    'The cluster has no such node group.',
    'Use one of the groups that the detail names.',
  ),
  SCALE_REFUSED: kind(
    422,
    'never',
    'The node group cannot have that many machines.',
    'Ask for a number that the detail allows.',
  ),
  OPERATION_OVER: kind(
    409,
    'never',
    'The operation is over.',
    'Nothing: see its outcome with `GET /api/v1/operations/{id}`.',
  ),
  STEP_NOT_WAITING: kind(
    409,
    'never',
    'The step is not waiting for a decision.',
    'Only a step that is `blocked` or `overdue` takes one.',
  ),
  STEP_NOT_SKIPPABLE: kind(
    409,
    'never',
    'The cluster cannot do without this step.',
    'Retry it, or fail the run.',
  ),
  KUBECONFIG_NOT_READY: kind(
    409,
    'never',
    'The cluster has no kubeconfig yet.',
    'Wait until the BOOTSTRAP phase is over.',
  ),
  IDEMPOTENCY_KEY_REUSED: kind(
    422,
    'never',
    'This Idempotency-Key was used with another request.',
    'Use a new key for a new request; repeat a request byte for byte to repeat its key.',
  ),

  VALIDATION_NOT_FOUND: kind(
    404,
    'never',
    'The cluster has no such validation.',
    'List them with `GET /api/v1/clusters/{name}/validations`; the latest hundred are kept.',
  ),
  CATALOGUE_IMAGE_NOT_FOUND: kind(
    404,
    'never',
    'There is no image of this name in the catalogue.',
    'List the catalogue with `GET /api/v1/images`.',
  ),
  ADDRESS_CONFLICT_NOT_FOUND: kind(
    404,
    'never',
    'No stranger is known to answer on this address.',
    'List the addresses that are avoided with `GET /api/v1/address-conflicts`.',
  ),
  CATALOGUE_IMAGE_IN_USE: kind(
    409,
    'never',
    'A cluster is defined by this image of the catalogue.',
    'Decommission the clusters that the detail names, or leave the image in the catalogue.',
  ),
  ORPHAN_NOT_REMOVABLE: kind(
    409,
    'never',
    'What was asked to be removed is not proved to be left behind by a cluster that is gone.',
    'Look again with `POST /api/v1/orphans/sweep`; what is not removable is for a person to remove, by its reason.',
  ),
} as const satisfies Record<string, ErrorKind>;
