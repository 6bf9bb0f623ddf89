import { expect, test } from '@jest/globals';
import { isMark, markName, markText } from '../../../activities/dns/mark.js';
import { encodeName } from '../../../activities/dns/name.js';
import { encodeText } from '../../../activities/dns/record-data.js';

test('stands beside its name, by a name that no host can have', () => {
  expect(markName('API.demo.lab.')).toBe('clusterwright-api.demo.lab');
  expect(markName('*.apps.demo.lab')).toBe('clusterwright-_wildcard.apps.demo.lab');
});

test('of a long label is as short as a label has to be, and another one for each', () => {
  const [one, other] = ['a', 'b'].map((last) => markName(`${'x'.repeat(62)}${last}.lab`)) as [string, string];

  expect(one).toMatch(/^clusterwright-[0-9a-f]{40}\.lab$/);
  expect(one).not.toBe(other);
  expect(() => encodeName(one)).not.toThrow();
});

test('names the cluster to people, and fits into one record', () => {
  const cluster = { clusterUid: '0f8fad5b-d9cb-469f-a165-70867728950e', cluster: 'a'.repeat(63) };

  expect(markText({ ...cluster, cluster: 'demo' })).toBe(
    'heritage=clusterwright,cluster=demo,uid=0f8fad5b-d9cb-469f-a165-70867728950e',
  );
  expect(() => encodeText(markText(cluster))).not.toThrow();
  expect(isMark(markText(cluster))).toBe(true);
  expect(isMark('heritage=external-dns,external-dns/owner=default')).toBe(false);
});
