import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call, startLabCluster, type LabCluster } from './lab-cluster.js';

let cluster: LabCluster;

beforeAll(async () => {
  cluster = await startLabCluster();
});

afterAll(() => cluster.close());

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

interface WatchEvent {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly name?: string; readonly annotations?: object };
    readonly code?: number;
  };
}

/** All events of a watch that the server ends after a second. */
async function watched(query: Readonly<Record<string, string>>): Promise<WatchEvent[]> {
  const parameters = new URLSearchParams({ watch: 'true', timeoutSeconds: '1', ...query });
  const { text } = await call(cluster, 'GET', `${CONFIG_MAPS}?${parameters.toString()}`);
  const lines = text.trim().split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as WatchEvent);
}

async function create(name: string, labels: Readonly<Record<string, string>> = {}): Promise<string> {
  const { json } = await call(cluster, 'POST', CONFIG_MAPS, { body: { metadata: { name, labels } } });
  return (json['metadata'] as { resourceVersion: string }).resourceVersion;
}

describe('a watch', () => {
  test('resumes after the revision that it is given', async () => {
    const revision = await create('resume-1');
    await create('resume-2');
    await call(cluster, 'DELETE', `${CONFIG_MAPS}/resume-1`);

    const events = await watched({ resourceVersion: revision });

    expect(events.map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ['ADDED', 'resume-2'],
      ['DELETED', 'resume-1'],
    ]);
  });

  test('sends the state first and marks its end when asked to', async () => {
    const events = await watched({
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: 'true',
      resourceVersion: '',
    });

    const mark = events.findIndex(({ type }) => type === 'BOOKMARK');
    expect(events.slice(0, mark).every(({ type }) => type === 'ADDED')).toBe(true);
    expect(events[mark]?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });

  test('shows what leaves the selection as deleted', async () => {
    const revision = await create('moving', { phase: 'in' });
    await call(cluster, 'PATCH', `${CONFIG_MAPS}/moving`, {
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { metadata: { labels: { phase: 'out' } } },
    });

    const events = await watched({ resourceVersion: revision, labelSelector: 'phase=in' });

    expect(events.map(({ type }) => type)).toEqual(['DELETED']);
  });
});
