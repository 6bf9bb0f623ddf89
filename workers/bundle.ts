/** The workflow bundle: built once with the product, so that a worker starts fast and always with the same code. */
import { bundleWorkflowCode } from '@temporalio/worker';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const BUNDLE_PATH = fileURLToPath(new URL('./workflow-bundle.js', import.meta.url));

/** Where the built bundle lies, beside this module. */
export function bundlePath(): string | undefined {
  return existsSync(BUNDLE_PATH) ? BUNDLE_PATH : undefined;
}

export async function buildBundle(): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/index.js', import.meta.url)),
  });
  return code;
}

export async function writeBundle(): Promise<void> {
  await writeFile(BUNDLE_PATH, await buildBundle());
}
