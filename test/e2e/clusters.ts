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

/** Asks for an operation on a cluster. @param path after its name, such as `/scale`. @returns the id of the operation. */
export async function operate(
  lab: LabProcess,
  { name, path, method = 'POST', body }: { name: string; path: string; method?: string; body?: object },
): Promise<string> {
  const answer = await lab.api<{ operation: { id: string } }>(`/api/v1/clusters/${name}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect({ status: answer.status, text: answer.text }).toEqual({ status: 202, text: answer.text });
  return answer.json.operation.id;
}

export interface Ended {
  readonly status: string;
  readonly detail: string | null;
}

/** @returns how it ended; `null` while it goes on. @throws Error with the step that waits for a person. */
export async function outcomeOf(lab: LabProcess, name: string, id: string): Promise<Ended | null> {
  const { json } = await lab.api<Ended & { finishedAt: string | null }>(`/api/v1/operations/${id}`);
  if (json.finishedAt !== null) return { status: json.status, detail: json.detail };
  const { steps } = await clusterOf(lab, name);
  const blocked = steps.find(({ status }) => status === 'blocked');
  if (blocked !== undefined) throw new Error(`${blocked.id} waits for a person: ${blocked.reason ?? ''}`);
  return null;
}

/** Waits until the operation is over. */
export async function ended(lab: LabProcess, name: string, id: string, timeoutMs = 270_000): Promise<Ended> {
  return waitFor(`operation ${id} to end`, () => outcomeOf(lab, name, id), timeoutMs);
}

/** Removes the cluster, and waits until it is GONE. @param query such as `?confirm=…`. */
export async function decommission(lab: LabProcess, name: string, query = ''): Promise<void> {
  const answer = await lab.api(`/api/v1/clusters/${name}${query}`, { method: 'DELETE' });
  expect({ status: answer.status, text: answer.text }).toEqual({ status: 202, text: answer.text });
  await waitFor(`${name} to be GONE`, async () => (await clusterOf(lab, name)).phase === 'GONE', 120_000);
}
