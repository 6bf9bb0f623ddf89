/** Carries steps of a distribution out on a machine of the lab, as the product does. */
import type { GuestStep } from '../../../../domain/guest-step.js';
import { isTalosStep, type MachineStep } from '../../../../domain/machine-step.js';
import { until, type Login } from '../lab.js';

const ROOT_SHELL = 'sudo -n sh -s';

/** With `secret` for the join token. */
export async function carryOut(login: Login, steps: readonly MachineStep[]): Promise<void> {
  for (const step of steps) {
    if (isTalosStep(step)) throw new Error(`${step.id} is no step of a shell`);
    await writeFiles(login, step);
    const { code, stdout, stderr } = await login.run(ROOT_SHELL, `set -eu\n${step.act ?? ''}\n`);
    if (code !== 0) throw new Error(`${step.id}: ${stdout}${stderr}`);
    await until(async () => isTrue(login, step.verify));
  }
}

export async function writeFiles(login: Login, { files }: GuestStep): Promise<void> {
  for (const { path, mode, content } of files) {
    const text = content.replaceAll('{{secret:join-token}}', 'secret');
    await login.run(`sudo install -D -m ${mode} /dev/stdin ${path}`, text);
  }
}

/** Whether the script ends well. */
export async function isTrue(login: Login, script: string | null): Promise<boolean> {
  return (await login.run(ROOT_SHELL, `set -eu\n${script ?? 'false'}\n`)).code === 0;
}

export function stepAt(steps: readonly GuestStep[], position: number): GuestStep {
  const step = steps[position];
  if (step === undefined) throw new Error(`there is no step ${position}`);
  return step;
}
