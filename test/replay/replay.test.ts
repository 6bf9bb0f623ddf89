import { beforeAll, describe, expect, test } from '@jest/globals';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFile } from '../../lab/binaries/folders.js';
import { bundleOfSources } from '../workflows/environment.js';
import { histories } from './scenarios.js';

const FOLDER = projectFile('test/replay/histories');

const read = (name: string): { events: object[] } =>
  JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as { events: object[] };

let workflowBundle: WorkflowBundle;
beforeAll(async () => {
  workflowBundle = await bundleOfSources();
});

describe('the committed histories', () => {
  test('are those of all scenarios, and no others', () => {
    const files = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));

    expect(files.sort()).toEqual([...histories().keys()].sort());
  });

  test.each([...histories()])('%s replays', async (name, workflowId) => {
    const { events } = read(name);

    // A truncated history would replay without showing anything.
    expect(events.length).toBeGreaterThan(10);
    await Worker.runReplayHistory({ workflowBundle }, historyFromJSON({ events }), workflowId);
  });
});

describe('the workflow bundle', () => {
  test('holds our deterministic folders and the packages that belong into it, and nothing else', async () => {
    const { code } = await bundleOfSources();
    const map =
      /sourceMappingURL=data:application\/json;charset=utf-8;base64,([\w+/=]+)/.exec(code)?.[1] ?? '';
    const { sources } = JSON.parse(Buffer.from(map, 'base64').toString()) as { sources: string[] };

    const packages = sources.flatMap(
      (source) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? [],
    );
    const folders = sources
      .filter((source) => !source.includes('node_modules'))
      .flatMap(
        (source) =>
          /\/(domain|placement|platforms|workflows|fleet|schema|store|activities|api|lab)\//.exec(
            source,
          )?.[1] ?? [],
      );

    const allowed = [
      '@temporalio/workflow',
      '@temporalio/common',
      '@temporalio/worker',
      'nexus-rpc',
      'ms',
      'long',
    ];
    expect(sources.length).toBeGreaterThan(30);
    expect([...new Set(packages)].filter((name) => !allowed.includes(name))).toEqual([]);
    expect([...new Set(folders)].sort()).toEqual(['domain', 'placement', 'platforms', 'workflows']);
  });
});
