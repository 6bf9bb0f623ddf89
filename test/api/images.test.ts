import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { catalogueImage, catalogueImageList } from '../../schema/responses.js';
import { aDefinition, aNodeGroup } from '../builders/definition.js';
import { aCluster } from '../store/store-builder.js';
import { send, startApi, type ApiUnderTest } from './api-under-test.js';

const URL_SOURCE = 'https://images.example.com/ubuntu-24.04.img';
const CHECKSUM = `sha256:${'0a'.repeat(32)}`;

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const put = (name: string, body: unknown) =>
  send(`${api.url}/api/v1/images/${name}`, { method: 'PUT', body });
const remove = (name: string) => send(`${api.url}/api/v1/images/${name}`, { method: 'DELETE' });

async function aClusterFrom(imageSource: string, phase: 'READY' | 'GONE', name: string): Promise<void> {
  const template = { ...aNodeGroup().template, imageSource };
  const definition = aDefinition({ name, nodeGroups: [aNodeGroup({ template })] });
  await api.store.clusters.put(aCluster({ uid: `uid-${name}`, name, phase, definition }));
}

describe('an image of the catalogue', () => {
  test('is new once and replaced after that, and keeps the moment at which it came', async () => {
    const first = await put('ubuntu-24.04', { source: URL_SOURCE, checksum: CHECKSUM });
    const second = await put('ubuntu-24.04', { source: 'local-zfs:9001/ubuntu' });

    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toMatchObject({
      name: 'ubuntu-24.04',
      source: 'local-zfs:9001/ubuntu',
      checksum: null,
      createdAt: first.body['createdAt'],
    });
  });

  test('is shown by its name, and in the list by the order of names', async () => {
    await put('zebra', { source: 'local:iso/zebra.iso' });
    await put('alma-9', { source: 'local:import/alma.qcow2' });

    const one = await send(`${api.url}/api/v1/images/zebra`);
    const all = await send(`${api.url}/api/v1/images`);

    expect(catalogueImage.parse(one.body).source).toBe('local:iso/zebra.iso');
    const names = catalogueImageList.parse(all.body).items.map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    expect(names).toEqual(expect.arrayContaining(['alma-9', 'zebra']));
  });

  test('has its checksum in lower case', async () => {
    const answer = await put('upper', { source: URL_SOURCE, checksum: CHECKSUM.toUpperCase() });

    expect(answer.body['checksum']).toBe(CHECKSUM);
  });

  test.each([
    ['a URL without a checksum', 'ubuntu', { source: URL_SOURCE }, ['/checksum']],
    ['a URL whose checksum is null', 'ubuntu', { source: URL_SOURCE, checksum: null }, ['/checksum']],
    ['the name of another image', 'ubuntu', { source: 'debian-12' }, ['/source']],
    ['a source of no known form', 'ubuntu', { source: 'http://plain.example/x.iso' }, ['/source']],
    [
      'a checksum of no known form',
      'ubuntu',
      { source: 'local:iso/x.iso', checksum: 'md5:0' },
      ['/checksum'],
    ],
    ['a field that nobody knows', 'ubuntu', { source: 'local:iso/x.iso', size: 1 }, ['/size']],
    ['no body', 'ubuntu', undefined, ['']],
    ['a name in upper case, and no source', 'Ubuntu', {}, ['/name', '/source']],
  ])('is refused with %s', async (_what, name, body, pointers) => {
    const answer = await put(name, body);

    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(answer.body.errors?.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  test('that is not there is a 404 to each method that looks for it', async () => {
    const answers = [await send(`${api.url}/api/v1/images/none`), await remove('none')];

    expect(answers.map(({ status, body }) => [status, body['code']])).toEqual([
      [404, 'CATALOGUE_IMAGE_NOT_FOUND'],
      [404, 'CATALOGUE_IMAGE_NOT_FOUND'],
    ]);
  });

  test('is removed, and is then gone', async () => {
    await put('short-lived', { source: 'local:iso/x.iso' });

    const removed = await remove('short-lived');

    expect(removed.status).toBe(204);
    expect((await send(`${api.url}/api/v1/images/short-lived`)).status).toBe(404);
  });

  test('stays while a cluster is defined by it', async () => {
    await put('needed', { source: 'local:iso/x.iso' });
    await aClusterFrom('needed', 'READY', 'user-1');

    const refused = await remove('needed');
    await aClusterFrom('needed', 'GONE', 'user-1');
    const removed = await remove('needed');

    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      code: 'CATALOGUE_IMAGE_IN_USE',
      detail: expect.stringContaining('user-1'),
    });
    expect(removed.status).toBe(204);
  });

  test('is looked for in all clusters, however many there are', async () => {
    await put('late', { source: 'local:iso/x.iso' });
    for (let index = 100; index < 310; index += 1) await aClusterFrom('another', 'READY', `many-${index}`);
    await aClusterFrom('late', 'READY', 'z-last');

    expect((await remove('late')).status).toBe(409);
  });

  test('takes no other method', async () => {
    const answer = await send(`${api.url}/api/v1/images/x`, { method: 'PATCH' });

    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, PUT, DELETE');
  });
});
