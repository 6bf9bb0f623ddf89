/** Bundles the workflows of the sources once for all test files of a run; `bundleOfSources` reads it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

export default async function bundleWorkflows() {
  const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  const directory = await mkdtemp(join(tmpdir(), 'clusterwright-bundle-'));
  process.env.CLUSTERWRIGHT_TEST_BUNDLE = join(directory, 'workflows.js');
  await writeFile(process.env.CLUSTERWRIGHT_TEST_BUNDLE, code);
  globalThis.removeTestBundle = () => rm(directory, { recursive: true });
}
