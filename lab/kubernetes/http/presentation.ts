/** How objects are shown: as they are, as rows of a table, or by their metadata alone. */
import type { Cluster } from '../cluster.js';
import { frozenToText } from '../model/json.js';
import type { KubeObject } from '../model/kube-object.js';
import { groupVersion, type ResourceKind } from '../registry/resource-kind.js';
import { columnsOf } from '../table/columns.js';
import { toNewEvent } from './event-view.js';

export type Form = 'object' | 'table' | 'metadata';

/** The first form of the `Accept` header that we have; everything else gets plain JSON. */
export function acceptedForm(accept: string): Form {
  for (const part of accept.split(',')) {
    const [mediaType = '', ...parameters] = part.split(';').map((text) => text.trim());
    if (!/^(application\/json|application\/\*|\*\/\*)$/.test(mediaType)) continue;
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice('as='.length);
    if (as === undefined) return 'object';
    if (as === 'Table') return 'table';
    if (as.startsWith('PartialObjectMetadata')) return 'metadata';
  }
  return 'object';
}

/** Shows objects of one kind in one form. */
export interface Presenter {
  readonly one: (object: KubeObject) => string;
  readonly list: (objects: readonly KubeObject[], metadata: ListMetadata) => string;
}

export interface ListMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

interface PresentationOptions {
  readonly cluster: Cluster;
  readonly kind: ResourceKind;
  readonly form: Form;
  /** How much of the object each row of a table carries: None, Metadata or Object. */
  readonly includeObject: string | null;
}

export function presenterOf({ cluster, kind, form, includeObject }: PresentationOptions): Presenter {
  const view = (object: KubeObject): KubeObject => inVersion(object, kind);
  switch (form) {
    case 'object':
      return {
        one: (object) => frozenToText(view(object)),
        list: (objects, metadata) =>
          listText(
            groupVersion(kind),
            `${kind.kind}List`,
            metadata,
            objects.map((object) => frozenToText(view(object))),
          ),
      };
    case 'metadata':
      return {
        one: (object) => JSON.stringify(partial(view(object))),
        list: (objects, metadata) => {
          const items = objects.map((object) => JSON.stringify(partial(view(object))));
          return listText('meta.k8s.io/v1', 'PartialObjectMetadataList', metadata, items);
        },
      };
    case 'table': {
      const columns = columnsOf(kind);
      const columnDefinitions = columns.map(
        ({ name, type = 'string', format = '', description = '', priority = 0 }) => ({
          name,
          type,
          format,
          description,
          priority,
        }),
      );
      const row = (object: KubeObject): object => ({
        cells: columns.map(({ cell }) => cell(object, cluster)),
        object: rowObject(view(object), includeObject),
      });
      const table = (objects: readonly KubeObject[], metadata: object): string =>
        JSON.stringify({
          kind: 'Table',
          apiVersion: 'meta.k8s.io/v1',
          metadata,
          columnDefinitions,
          rows: objects.map(row),
        });
      return {
        one: (object) => table([object], { resourceVersion: object.metadata.resourceVersion }),
        list: table,
      };
    }
  }
}

/** The object as clients of this version know it. */
function inVersion(object: KubeObject, kind: ResourceKind): KubeObject {
  if (kind.viewOf === 'events') return toNewEvent(object);
  const apiVersion = groupVersion(kind);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

function partial({ metadata }: KubeObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

function rowObject(object: KubeObject, include: string | null): object | null {
  if (include === 'None') return null;
  return include === 'Object' ? object : partial(object);
}

function listText(
  apiVersion: string,
  kind: string,
  metadata: ListMetadata,
  items: readonly string[],
): string {
  return `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)},"items":[${items.join(',')}]}\n`;
}
