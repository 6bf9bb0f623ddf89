/** `npm run demo`: everything comes up, one cluster is asked for, its steps are shown live until it is Ready. */
import { readFile } from 'node:fs/promises';
import { projectFile } from './binaries/folders.js';
import { printAddresses, runLab } from './run-lab.js';
import type { Running } from './supervisor.js';
import { watchCluster } from './watch-cluster.js';

const EXAMPLE = 'examples/k3s-edge.json';

await runLab(['exit'], async (running, flags, say) => {
  const cluster = await provision(running, say);
  const view = await watchCluster(running.apiUrl, cluster, say);
  printAddresses(running, say);
  if (view.phase !== 'READY') throw new Error(`${cluster} is ${view.phase}: ${view.failure?.detail ?? ''}`);
  say('');
  say(`Use it:     curl -s ${running.apiUrl}/api/v1/clusters/${cluster}/kubeconfig > ${cluster}.yaml`);
  say(`            kubectl --kubeconfig ${cluster}.yaml get nodes`);
  say(`Remove it:  curl -s -X DELETE ${running.apiUrl}/api/v1/clusters/${cluster}`);
  return flags.has('exit') ? 'stop' : 'stay';
});

/** Sends the example as it is; a cluster that an earlier demo made is shown again. */
async function provision({ apiUrl }: Running, say: (line: string) => void): Promise<string> {
  const body = await readFile(projectFile(EXAMPLE));
  const { name } = JSON.parse(body.toString()) as { name: string };
  say(
    `$ curl -X POST ${apiUrl}/api/v1/clusters/provision -H 'Content-Type: application/json' --data-binary @${EXAMPLE}`,
  );
  const response = await fetch(`${apiUrl}/api/v1/clusters/provision`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  });
  if (response.status === 202) {
    say(`202 Accepted, Location: ${response.headers.get('location') ?? ''}`);
    return name;
  }
  const problem = (await response.json()) as { code: string; detail: string };
  say(`${response.status} ${problem.code}: ${problem.detail}`);
  if (problem.code !== 'CLUSTER_EXISTS') throw new Error('the cluster was not accepted');
  return name;
}
