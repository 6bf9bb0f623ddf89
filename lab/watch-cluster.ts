/** Follows a cluster over the API and says what changes, until it has come to an end. */
import type { StepStatus } from '../domain/step-record.js';

export interface WatchedCluster {
  readonly phase: string;
  readonly operation: { readonly status: string } | null;
  readonly failure: { readonly code: string; readonly detail: string } | null;
  readonly nodes: readonly {
    readonly name: string;
    readonly role: string;
    readonly address: string;
    readonly ready: boolean;
    readonly version: string | null;
  }[];
  readonly steps: readonly {
    readonly id: string;
    readonly title: string;
    readonly machine: string | null;
    readonly status: StepStatus;
    readonly seconds: number | null;
    readonly reason: string | null;
    readonly remedy: string | null;
  }[];
  readonly timings: { readonly seconds: number | null };
}

const POLL_MS = 300;
const SHOWN: ReadonlySet<StepStatus> = new Set(['done', 'overdue', 'blocked', 'skipped', 'failed']);

export async function watchCluster(
  apiUrl: string,
  name: string,
  say: (line: string) => void,
): Promise<WatchedCluster> {
  const said = new Map<string, string>();
  let phase = '';
  for (;;) {
    const response = await fetch(`${apiUrl}/api/v1/clusters/${name}`);
    const view = (await response.json()) as WatchedCluster;
    if (!response.ok) throw new Error(`${name}: ${JSON.stringify(view)}`);
    for (const step of view.steps) {
      if (!SHOWN.has(step.status) || said.get(step.id) === step.status) continue;
      said.set(step.id, step.status);
      say(stepLine(step));
    }
    if (view.phase !== phase) {
      phase = view.phase;
      say(`── ${phase}`);
    }
    const isOver = view.operation !== null && !['requested', 'running'].includes(view.operation.status);
    if (isOver) {
      for (const node of view.nodes)
        say(`   ${node.name}  ${node.address}  ${node.ready ? 'Ready' : 'NotReady'}  ${node.version ?? ''}`);
      if (view.timings.seconds !== null) say(`   ${view.timings.seconds.toFixed(1)} s`);
      return view;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function stepLine({
  machine,
  title,
  status,
  seconds,
  reason,
  remedy,
}: WatchedCluster['steps'][number]): string {
  const time = seconds === null ? '' : `${seconds.toFixed(1)} s`;
  const mark = status === 'done' ? '✓' : '!';
  const why = reason === null ? '' : `\n     ${reason}\n     ${remedy ?? ''}`;
  return ` ${mark} ${(machine ?? '').padEnd(20)} ${title.padEnd(60)} ${status === 'done' ? '' : status} ${time}${why}`;
}
