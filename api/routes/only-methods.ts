/** What a path answers to the methods that it does not take. */
import type { Router } from 'express';
import { fail } from '../../domain/errors.js';

/** Answers other methods of a path with 405 and those that it takes. Register it after the path's own routes. */
export function onlyMethods(router: Router, path: string, ...methods: readonly string[]): void {
  router.all(path, (request, response) => {
    response.setHeader('Allow', methods.join(', '));
    throw fail('METHOD_NOT_ALLOWED', `${request.method} is not one of ${methods.join(', ')}`);
  });
}
