/** `GET /schemas/cluster-definition`: JSON Schema for editors and checks before a request is sent. */
import type { Router } from 'express';
import { clusterDefinitionJsonSchema } from '../../schema/json-schema.js';
import { onlyMethods } from './only-methods.js';

export function schemaRoutes(router: Router): void {
  router.get('/schemas/cluster-definition', (_request, response) => {
    response.type('application/schema+json').send(JSON.stringify(clusterDefinitionJsonSchema()));
  });
  onlyMethods(router, '/schemas/cluster-definition', 'GET');
}
