/** Reading objects: one, or a list that may come in pages. */
import { randomUUID } from 'node:crypto';
import { parseFieldSelector, matchesFields, type FieldSelector } from '../model/field-selector.js';
import type { KubeObject } from '../model/kube-object.js';
import { matchesLabels, parseLabelSelector, type LabelSelector } from '../model/label-selector.js';
import { badRequest, StatusError } from '../model/status-error.js';
import { acceptedForm, presenterOf, type Presenter } from './presentation.js';
import { currentObject, storedId, type Call } from './call.js';
import { JSON_TYPE, type TextReply } from './reply.js';

export interface Selection {
  readonly labels: LabelSelector;
  readonly fields: FieldSelector;
}

/** The rest of a list that was asked for in pages, as it was when the first page was given. */
interface Remainder {
  readonly objects: readonly KubeObject[];
  readonly revision: string;
  readonly resource: string;
}

const MAX_REMAINDERS = 64;

/** @throws StatusError 400 */
export function selectionOf({ query, target }: Call): Selection {
  return {
    labels: parseLabelSelector(query.get('labelSelector') ?? ''),
    fields: parseFieldSelector(query.get('fieldSelector') ?? '', target.kind.selectableFields),
  };
}

export function isSelected({ labels, fields }: Selection, object: KubeObject): boolean {
  return matchesLabels(labels, object.metadata.labels) && matchesFields(fields, object);
}

export function presenterFor(call: Call): Presenter {
  const { cluster, target, query, accept } = call;
  return presenterOf({
    cluster,
    kind: target.kind,
    form: acceptedForm(accept),
    includeObject: query.get('includeObject'),
  });
}

/** The answer that shows one object. */
export function objectReply(call: Call, status: number, object: KubeObject): TextReply {
  return { kind: 'text', status, contentType: JSON_TYPE, body: `${presenterFor(call).one(object)}\n` };
}

/** @throws StatusError 404 */
export function getObject(call: Call): TextReply {
  return objectReply(call, 200, currentObject(call));
}

export function selectedObjects(call: Call): KubeObject[] {
  const selection = selectionOf(call);
  const objects = call.cluster.store.list(storedId(call), call.target.namespace);
  const isAll = selection.labels.length === 0 && selection.fields.length === 0;
  return isAll ? objects : objects.filter((object) => isSelected(selection, object));
}

export class Lists {
  private readonly remainders = new Map<string, Remainder>();

  /** @throws StatusError 400, 410 for a page that is no longer known, 504 for a revision that is yet to come. */
  list(call: Call): TextReply {
    const { query, cluster } = call;
    const token = query.get('continue') ?? '';
    const limit = Number(query.get('limit') ?? 0);
    if (!Number.isInteger(limit) || limit < 0) throw badRequest(`invalid limit: "${query.get('limit')}"`);
    if (token === '') checkRevision(query.get('resourceVersion') ?? '', cluster.store.revision);
    const { objects, revision } =
      token === ''
        ? { objects: selectedObjects(call), revision: String(cluster.store.revision) }
        : this.remainder(token, storedId(call));
    const page = limit > 0 ? objects.slice(0, limit) : objects;
    const rest = objects.slice(page.length);
    const hasSelector = query.has('labelSelector') || query.has('fieldSelector');
    const metadata = {
      resourceVersion: revision,
      ...(rest.length > 0
        ? { continue: this.keep({ objects: rest, revision, resource: storedId(call) }) }
        : {}),
      ...(rest.length > 0 && !hasSelector ? { remainingItemCount: rest.length } : {}),
    };
    return {
      kind: 'text',
      status: 200,
      contentType: JSON_TYPE,
      body: presenterFor(call).list(page, metadata),
    };
  }

  /** A page may be asked for twice: the first answer can get lost. */
  private remainder(token: string, resource: string): Remainder {
    const found = this.remainders.get(token);
    if (found?.resource === resource) return found;
    const message =
      'The provided continue parameter is too old to display a consistent list result. ' +
      'You must start a new list without the continue parameter.';
    throw new StatusError('Expired', message);
  }

  private keep(remainder: Remainder): string {
    const token = Buffer.from(randomUUID()).toString('base64url');
    this.remainders.set(token, remainder);
    const [oldest] = this.remainders.keys();
    if (this.remainders.size > MAX_REMAINDERS && oldest !== undefined) this.remainders.delete(oldest);
    return token;
  }
}

function checkRevision(text: string, current: number): void {
  if (text !== '' && !/^\d+$/.test(text)) throw badRequest(`invalid resource version "${text}"`);
  if (Number(text) <= current) return;
  const message = `Too large resource version: ${text}, current: ${current}`;
  throw new StatusError('Timeout', message, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
