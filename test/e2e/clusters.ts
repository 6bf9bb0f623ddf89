/** What the end-to-end tests do with clusters, over the API alone. */
import { expect } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { projectFile } from '../../lab/binaries/folders.js';
import type { WatchedCluster } from '../../lab/watch-cluster.js';
import { waitFor, type LabProcess } from './lab-process.js';

export function example(name: string): Buffer {
  return readFileSync(projectFile(`examples/${name}.json`));
}

export async function provision(lab: LabProcess, body: Buffer | string): Promise<string> {
  const answer = await lab.api<{ cluster: string }>('/api/v1/clusters/provision', { method: 'POST', body });
  // The text says why not.
  expect({ status: answer.status, text: answer.text }).toEqual({ status: 202, text: answer.text });
  return answer.json.cluster;
}

export async function clusterOf(lab: LabProcess, name: string): Promise<WatchedCluster> {
  return (await lab.api<WatchedCluster>(`/api/v1/clusters/${name}`)).json;
}

/** Waits until the cluster's operation is over. */
export async function settled(lab: LabProcess, name: string, timeoutMs = 240_000): Promise<WatchedCluster> {
  let last: WatchedCluster | undefined;
  try {
    return await waitFor(
      `${name} to settle`,
      async () => {
        last = await clusterOf(lab, name);
        const status = last.operation?.status ?? 'running';
        return status === 'running' || status === 'requested' ? null : last;
      },
      timeoutMs,
    );
  } catch (error) {
    const open = last?.steps.filter(({ status }) => !['done', 'pending'].includes(status));
    throw new Error(`${name} is ${last?.phase ?? 'unknown'}: ${JSON.stringify(open)}`, { cause: error });
  }
}

/** Removes the cluster, and waits until it is GONE. */
export async function decommission(lab: LabProcess, name: string): Promise<void> {
  const answer = await lab.api(`/api/v1/clusters/${name}`, { method: 'DELETE' });
  expect(answer.status).toBe(202);
  await waitFor(`${name} to be GONE`, async () => (await clusterOf(lab, name)).phase === 'GONE', 120_000);
}
