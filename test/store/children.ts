/** Starts child processes that work on a store. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface ChildReport {
  readonly taken?: readonly (string | number)[];
  readonly failed?: string;
  readonly committed?: string;
}

/** @returns the child once it is up and waits for {@link release}. */
export async function startChild(orders: object): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('child.ts', import.meta.url)), [JSON.stringify(orders)], {
    execArgv: ['--import', new URL('../typescript-loader.js', import.meta.url).href],
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}

export function release(child: ChildProcess): void {
  child.send('go');
}

/** Lets all go at once and collects the first report of each. */
export async function race(children: readonly ChildProcess[]): Promise<ChildReport[]> {
  const reports = children.map(async (child) => {
    const exited = once(child, 'exit');
    const [report] = (await once(child, 'message')) as [ChildReport];
    await exited;
    return report;
  });
  for (const child of children) release(child);
  return Promise.all(reports);
}
