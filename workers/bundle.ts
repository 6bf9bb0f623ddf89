/** The workflow bundle: built once with the product, so that a worker starts fast and always with the same code. */
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Where the built bundle lies: beside this module. */
export function bundlePath(): string {
  return fileURLToPath(new URL('./workflow-bundle.js', import.meta.url));
}

export async function writeBundle(): Promise<void> {
  const workflowsPath = fileURLToPath(new URL('../workflows/index.js', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  await writeFile(bundlePath(), code);
}
