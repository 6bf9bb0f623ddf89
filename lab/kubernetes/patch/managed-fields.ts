/** Who set which field: the bookkeeping of every write that is not a server-side apply. */
import type { FieldSet, KubeObject, ManagedFieldsEntry } from '../model/kube-object.js';
import { timestamp } from '../model/kube-object.js';
import { fieldsOf, isEmptySet, subtract, unite } from './field-set.js';

export interface Writer {
  /** The `fieldManager` of the request, or the first word of its user agent. */
  readonly manager: string;
  readonly subresource?: string;
}

/** The entries after `writer` changed `before` into `after`: it owns what it changed, others what they still have. */
export function recordUpdate(
  writer: Writer,
  before: KubeObject | undefined,
  after: KubeObject,
  custom: boolean,
): ManagedFieldsEntry[] {
  const changed = fieldsOf(after, custom, before);
  const gone = before === undefined ? {} : subtract(fieldsOf(before, custom), fieldsOf(after, custom));
  const lost = unite(changed, gone);
  const entries = before?.metadata.managedFields ?? [];
  const own = entries.find((entry) => isEntryOf(entry, writer, 'Update'));
  const others = entries
    .filter((entry) => entry !== own)
    .map((entry) => ({ ...entry, fieldsV1: subtract(entry.fieldsV1, lost) }))
    .filter(({ fieldsV1 }) => !isEmptySet(fieldsV1));
  const fieldsV1 = unite(subtract(own?.fieldsV1 ?? {}, gone), changed);
  return isEmptySet(fieldsV1) ? others : [...others, newEntry(writer, 'Update', after.apiVersion, fieldsV1)];
}

export function isEntryOf(
  entry: ManagedFieldsEntry,
  { manager, subresource }: Writer,
  operation: ManagedFieldsEntry['operation'],
): boolean {
  return entry.manager === manager && entry.operation === operation && entry.subresource === subresource;
}

export function newEntry(
  { manager, subresource }: Writer,
  operation: ManagedFieldsEntry['operation'],
  apiVersion: string,
  fieldsV1: FieldSet,
): ManagedFieldsEntry {
  const entry: ManagedFieldsEntry = {
    manager,
    operation,
    apiVersion,
    time: timestamp(),
    fieldsType: 'FieldsV1',
    fieldsV1,
  };
  return subresource === undefined ? entry : { ...entry, subresource };
}
