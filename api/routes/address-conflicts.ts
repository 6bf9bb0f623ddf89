/** `GET /address-conflicts`, `DELETE /address-conflicts/{address}`: addresses on which strangers answered. */
import type { Router } from 'express';
import { fail } from '../../domain/errors.js';
import { formatAddress, parseAddress } from '../../domain/network/address.js';
import type { ApiDependencies } from '../dependencies.js';
import { onlyMethods } from './only-methods.js';

export function addressConflictRoutes(router: Router, { store }: ApiDependencies): void {
  router.get('/address-conflicts', async (_request, response) => {
    response.json({ items: await store.addresses.conflicts() });
  });
  onlyMethods(router, '/address-conflicts', 'GET');

  router.delete('/address-conflicts/:address', async (request, response) => {
    const parsed = parseAddress(request.params.address);
    const address = parsed === undefined ? request.params.address : formatAddress(parsed);
    if (!(await store.addresses.clearConflict(address))) {
      throw fail('ADDRESS_CONFLICT_NOT_FOUND', `"${address}" is not avoided`);
    }
    response.status(204).end();
  });
  onlyMethods(router, '/address-conflicts/:address', 'DELETE');
}
