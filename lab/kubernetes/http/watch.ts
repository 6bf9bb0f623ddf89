/** Watches: a stream of changes, one JSON document a line. */
import type { ServerResponse } from 'node:http';
import { badRequest, failure } from '../model/status-error.js';
import { groupVersion } from '../registry/resource-kind.js';
import type { Change } from '../store/event-log.js';
import { storedId, type Call } from './call.js';
import { isSelected, presenterFor, selectedObjects, selectionOf } from './read.js';
import { JSON_TYPE, type StreamReply } from './reply.js';

/** A real API server ends watches after a random time of this order. */
const DEFAULT_TIMEOUT_SECONDS = 1_800;
const BOOKMARK_INTERVAL_MS = 60_000;
/** Somebody who does not read gets cut off, before what waits for him fills the memory. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;
const INITIAL_EVENTS_END = { 'k8s.io/initial-events-end': 'true' };

/** @throws StatusError 400 for bad selectors */
export function watch(call: Call): StreamReply {
  const { query, cluster, target } = call;
  const selection = selectionOf(call);
  const presenter = presenterFor(call);
  const resource = storedId(call);
  const asked = query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(asked)) throw badRequest(`invalid resource version "${asked}"`);
  const wantsBookmarks = query.get('allowWatchBookmarks') === 'true';
  const sendsInitial = query.get('sendInitialEvents') === 'true';
  const startsFresh = sendsInitial || (Number(asked) === 0 && query.get('sendInitialEvents') !== 'false');

  function open(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': JSON_TYPE, 'cache-control': 'no-cache, private' });
    // The client learns that the watch stands before anything has changed.
    response.flushHeaders();
    const write = (type: string, object: string): void => {
      response.write(`{"type":"${type}","object":${object}}\n`);
      if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
    };
    const bookmark = (annotations?: Readonly<Record<string, string>>): void => {
      const metadata = {
        resourceVersion: String(cluster.store.revision),
        ...(annotations && { annotations }),
      };
      write(
        'BOOKMARK',
        JSON.stringify({ kind: target.kind.kind, apiVersion: groupVersion(target.kind), metadata }),
      );
    };
    const tell = (change: Change): void => {
      const type = seenAs(change, call, (object) => isSelected(selection, object));
      if (type !== undefined) write(type, presenter.one(change.object));
    };

    const missed = startsFresh ? [] : cluster.store.changesSince(Number(asked), resource);
    if (missed === undefined) {
      const message = `too old resource version: ${asked} (${cluster.store.revision})`;
      write('ERROR', JSON.stringify(failure(410, 'Expired', message)));
      response.end();
      return;
    }
    if (startsFresh) for (const object of selectedObjects(call)) write('ADDED', presenter.one(object));
    if (sendsInitial && wantsBookmarks) bookmark(INITIAL_EVENTS_END);
    for (const change of missed) tell(change);

    const unsubscribe = cluster.store.subscribe((change) => {
      if (change.resource === resource) tell(change);
    });
    const bookmarks = wantsBookmarks ? setInterval(bookmark, BOOKMARK_INTERVAL_MS) : undefined;
    const end = setTimeout(() => {
      if (wantsBookmarks) bookmark();
      response.end();
    }, timeoutMs(query));
    response.once('close', () => {
      unsubscribe();
      clearInterval(bookmarks);
      clearTimeout(end);
    });
  }

  return { kind: 'stream', open };
}

/** An object that comes into the selection is added to it, one that leaves it is deleted from it. */
function seenAs(
  { type, object, previous }: Change,
  { target }: Call,
  isMeant: (object: Change['object']) => boolean,
): Change['type'] | undefined {
  if (target.namespace !== undefined && object.metadata.namespace !== target.namespace) return undefined;
  const was = previous !== undefined && isMeant(previous);
  const is = type !== 'DELETED' && isMeant(object);
  if (was && is) return 'MODIFIED';
  if (is) return 'ADDED';
  return was ? 'DELETED' : undefined;
}

function timeoutMs(query: URLSearchParams): number {
  const asked = Number(query.get('timeoutSeconds') ?? 0);
  const seconds = Number.isFinite(asked) && asked > 0 ? Math.min(asked, 24 * 3_600) : DEFAULT_TIMEOUT_SECONDS;
  return seconds * 1_000;
}
