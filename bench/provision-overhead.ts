/**
 * How much longer a provision takes than the latencies that it cannot avoid: `npm run bench:provision`, or of another
 * example `npm run bench:provision -- rke2-ha`. Prints wall time over critical path at realistic latencies; the goal is
 * below 1.15, and at most 1.10 for three servers, two workers and their load balancers.
 */
import { readFile } from 'node:fs/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFile } from '../lab/binaries/folders.js';
import type { LatencySpan } from '../lab/latency.js';
import { parseLabOptions } from '../lab/options.js';
import { startEverything } from '../lab/supervisor.js';
import { watchCluster } from '../lab/watch-cluster.js';
import { criticalPathMs } from './critical-path.js';

const GOALS: Readonly<Record<string, number>> = { 'k3s-three-servers': 1.15 };
const GOAL = 1.1;

const [first = '', ...others] = process.argv.slice(2);
const isNamed = first !== '' && !first.startsWith('-');
const example = isNamed ? first : 'k3s-three-servers';
const flags = isNamed ? others : process.argv.slice(2);

const ports = ['api', 'temporal', 'ui', 'proxmox', 'proxy', 'control'].flatMap((name) => [
  `--${name}-port`,
  '0',
]);
const stateDir = mkdtempSync(join(tmpdir(), 'clusterwright-bench-'));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const { options } = parseLabOptions(['--state-dir', stateDir, ...ports, ...flags]);
const running = await startEverything(options, process.env, { say, served: () => undefined });
try {
  const body = await readFile(projectFile(`examples/${example}.json`));
  const post = async (path: string, expected: number): Promise<Response> => {
    const response = await fetch(`${running.apiUrl}/api/v1/clusters/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    if (response.status !== expected) throw new Error(await response.text());
    return response;
  };
  // Processes that have just started compile what they run first; those of an operator have run for weeks.
  await post('plan', 200);
  const startedAt = performance.now();
  const response = await post('provision', 202);
  const { cluster } = (await response.json()) as { cluster: string };
  const view = await watchCluster(running.apiUrl, cluster, say);
  const wallMs = performance.now() - startedAt;
  if (view.phase !== 'READY') throw new Error(`${cluster} is ${view.phase}`);

  const spans = (await (await fetch(`${running.world?.controlUrl ?? ''}/latencies`)).json()) as LatencySpan[];
  const criticalMs = criticalPathMs(spans, view.nodes);
  const ratio = wallMs / criticalMs;
  say('');
  say(`wall time      ${(wallMs / 1_000).toFixed(1)} s`);
  say(`critical path  ${(criticalMs / 1_000).toFixed(1)} s`);
  say(`ratio          ${ratio.toFixed(3)}  (goal: at most ${GOALS[example] ?? GOAL})`);
} finally {
  await running.stop();
  rmSync(stateDir, { recursive: true, force: true });
}
process.exit();
