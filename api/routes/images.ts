/** `GET /images`, `GET`/`PUT`/`DELETE /images/{name}`: the image catalogue. */
import type { Router } from 'express';
import { fail } from '../../domain/errors.js';
import { parseCatalogueImage } from '../../schema/catalogue-image.js';
import type { ClusterRecord, Store } from '../../store/store.js';
import type { ApiDependencies } from '../dependencies.js';
import { onlyMethods } from './only-methods.js';

export function imageRoutes(router: Router, { store }: ApiDependencies): void {
  router.get('/images', async (_request, response) => {
    response.json({ items: await store.catalogue.list() });
  });
  onlyMethods(router, '/images', 'GET');

  router.get('/images/:name', async (request, response) => {
    const { name } = request.params;
    const entry = await store.catalogue.get(name);
    if (entry === undefined) throw notFound(name);
    response.json(entry);
  });

  router.put('/images/:name', async (request, response) => {
    const image = parseCatalogueImage(request.params.name, request.body);
    if (!image.ok) throw fail('INVALID_REQUEST', 'the image is not valid', { faults: image.faults });
    const { entry, isNew } = await store.catalogue.put(image.value);
    response.status(isNew ? 201 : 200).json(entry);
  });

  router.delete('/images/:name', async (request, response) => {
    const { name } = request.params;
    const users = await clustersOf(store, name);
    if (users.length > 0) {
      throw fail('CATALOGUE_IMAGE_IN_USE', `image "${name}" is used by ${users.join(', ')}`);
    }
    if (!(await store.catalogue.remove(name))) throw notFound(name);
    response.status(204).end();
  });
  onlyMethods(router, '/images/:name', 'GET', 'PUT', 'DELETE');
}

function notFound(name: string) {
  return fail('CATALOGUE_IMAGE_NOT_FOUND', `the catalogue has no image "${name}"`);
}

const PAGE = 200;

/** Names of the clusters that are not GONE and whose definition names the image: they may grow by it. */
async function clustersOf(store: Store, image: string): Promise<string[]> {
  const users: string[] = [];
  let page: ClusterRecord[] = [];
  do {
    const after = page.at(-1)?.name;
    page = await store.clusters.list({
      includeGone: false,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    users.push(...page.filter(({ definition }) => names(definition, image)).map(({ name }) => name));
  } while (page.length === PAGE);
  return users;
}

function names({ nodeGroups }: ClusterRecord['definition'], image: string): boolean {
  return nodeGroups.some(({ template }) => template.imageSource === image);
}
