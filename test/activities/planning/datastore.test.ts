import { describe, expect, test } from '@jest/globals';
import { datastoreFaults, sealDatastore } from '../../../activities/planning/datastore.js';
import { aClusterOf } from '../../builders/definition.js';
import { aStore } from '../../store/store-builder.js';

const ENDPOINT = 'postgres://k3s:secret-word@10.1.107.4:5432/edge';
const DATASTORES = new Map([['edge', ENDPOINT]]);

function definitionWith(datastore: string | null) {
  const definition = aClusterOf(3, 0);
  return { ...definition, platformConfig: { ...definition.platformConfig, datastore } };
}

describe('a datastore that a definition names', () => {
  test('is a fault of the plan where the worker has none of that name', () => {
    const faults = [null, 'edge', 'egde'].map((name) => datastoreFaults(definitionWith(name), DATASTORES));

    expect(faults).toEqual([
      [],
      [],
      [
        {
          pointer: '/platformConfig/datastore',
          detail: 'there is no datastore "egde" in DATASTORES_PATH',
          code: 'DATASTORE_UNKNOWN',
        },
      ],
    ]);
  });

  test('of another distribution is a setting that is none', () => {
    const definition = { ...definitionWith('egde'), type: 'RKE2' } as const;

    expect(datastoreFaults(definition, DATASTORES)).toEqual([]);
  });

  test('is sealed as it is configured now, also when it was sealed before', async () => {
    const { secrets } = await aStore();
    const target = { clusterUid: 'uid-1', name: 'edge' };
    await sealDatastore(secrets, new Map([['edge', 'postgres://former']]), target);

    await sealDatastore(secrets, DATASTORES, target);

    expect(await secrets.get('uid-1', 'datastore-endpoint')).toBe(ENDPOINT);
  });

  test('and that is not configured any more is not sealed', async () => {
    const { secrets } = await aStore();

    await expect(
      sealDatastore(secrets, new Map(), { clusterUid: 'uid-1', name: 'edge' }),
    ).rejects.toMatchObject({ code: 'DATASTORE_UNKNOWN' });

    expect(await secrets.names('uid-1')).toEqual([]);
  });
});
