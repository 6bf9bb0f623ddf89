/** What is particular about writing objects of one kind. */
import type { Cluster } from '../cluster.js';
import type { KubeObject } from '../model/kube-object.js';
import type { FieldFault } from '../model/status-error.js';
import type { JsonObject } from '../model/json.js';

/** A copy that may be changed, before anything but its metadata is known to be well-formed. */
export type Mutable = KubeObject & JsonObject;

export interface Strategy {
  /** Status of a new object, where the kind has one. */
  readonly initialStatus?: (object: KubeObject) => JsonObject;
  /** Fills in defaults; runs at creation and at each change, before {@link faults}. */
  readonly complete?: (object: Mutable, cluster: Cluster, previous: KubeObject | undefined) => void;
  readonly faults?: (object: KubeObject, previous: KubeObject | undefined) => FieldFault[];
}

export function required(field: string, message = 'Required value'): FieldFault {
  return { field, message, reason: 'FieldValueRequired' };
}

export function invalidValue(field: string, value: unknown, why: string): FieldFault {
  return {
    field,
    message: `Invalid value: ${JSON.stringify(value) ?? 'null'}: ${why}`,
    reason: 'FieldValueInvalid',
  };
}

export function forbidden(field: string, why: string): FieldFault {
  return { field, message: `Forbidden: ${why}`, reason: 'FieldValueForbidden' };
}
