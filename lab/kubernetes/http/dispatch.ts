/** Leads a request about objects to what answers it. */
import { StatusError } from '../model/status-error.js';
import type { Call } from './call.js';
import { patch } from './patch.js';
import { getObject, type Lists } from './read.js';
import type { Reply } from './reply.js';
import { isReview, review } from './reviews.js';
import { handleSubresource } from './subresources.js';
import { watch } from './watch.js';
import { create, remove, removeCollection, update } from './write.js';

/** @throws StatusError */
export function dispatch(call: Call, lists: Lists): Reply {
  const { verb, subresource, kind } = call.target;
  if (subresource !== undefined) return handleSubresource(call);
  if (isReview(kind.kind)) return review(call);
  switch (verb) {
    case 'get':
      return getObject(call);
    case 'list':
      return lists.list(call);
    case 'watch':
      return watch(call);
    case 'create':
      return create(call);
    case 'update':
      return update(call);
    case 'patch':
      return patch(call);
    case 'delete':
      return remove(call);
    case 'deletecollection':
      return removeCollection(call);
    default:
      throw new StatusError(
        'MethodNotAllowed',
        'the server does not allow this method on the requested resource',
      );
  }
}
