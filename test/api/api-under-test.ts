/** The API over HTTP with a real store, and an orchestrator that records what it was asked to start. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { createApp } from '../../api/app.js';
import type { Authentication } from '../../api/authentication.js';
import type { Orchestrator } from '../../api/orchestrator.js';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { fail } from '../../domain/errors.js';
import { openStore } from '../../store/open-store.js';
import type { Store } from '../../store/store.js';
import type { DayTwoOperation } from '../../workflows/messages.js';
import { aPlan } from '../builders/plan.js';
import { NETWORK } from '../schema/definition-builder.js';

export interface Started {
  readonly operationId: string;
  readonly definition: ClusterDefinition;
}

type Ports = Pick<
  Orchestrator,
  | 'plan'
  | 'preflight'
  | 'provision'
  | 'decommission'
  | 'clusterState'
  | 'operationState'
  | 'resolveStep'
  | 'sweep'
  | 'operate'
  | 'validate'
  | 'cancelOperation'
  | 'pauseOperation'
  | 'removeBackup'
  | 'vmBackups'
  | 'drillBackup'
  | 'scheduleDrills'
  | 'scheduleBackups'
  | 'unscheduleBackups'
  | 'scheduleHealth'
  | 'unscheduleHealth'
  | 'checkHealth'
  | 'watchCertificates'
  | 'ping'
  | 'protect'
  | 'hosts'
>;

export interface ApiUnderTest {
  readonly url: string;
  readonly store: Store;
  readonly started: Started[];
  readonly planned: ClusterDefinition[];
  /** What was asked to be looked for and removed. */
  readonly swept: { readonly workflowId: string; readonly remove: readonly string[] | null }[];
  /** Operations that were queued. */
  readonly operated: { readonly operationId: string; readonly operation: DayTwoOperation }[];
  /** How often clusters are looked at, in seconds. */
  readonly watched: ReadonlyMap<string, number>;
  /** Replaces what the orchestrator does. */
  readonly behave: Partial<Ports>;
  close(): Promise<void>;
}

export async function startApi(authentication: Authentication = { kind: 'none' }): Promise<ApiUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'clusterwright-api-'));
  const store = await openStore({ path: join(folder, 'store.db'), secretsKey: randomBytes(32) });
  const started: Started[] = [];
  const planned: ClusterDefinition[] = [];
  const swept: { workflowId: string; remove: readonly string[] | null }[] = [];
  const operated: { operationId: string; operation: DayTwoOperation }[] = [];
  const watched = new Map<string, number>();
  const behave: Partial<Ports> = {};
  const defaults: Ports = {
    preflight: async () => ({ findings: [], ready: true, commands: [] }),
    plan: async (_id, definition) => {
      planned.push(definition);
      return aPlan(definition);
    },
    provision: async (operationId, definition) => {
      const other = started.find(({ definition: { name } }) => name === definition.name);
      if (other !== undefined && other.operationId !== operationId)
        throw fail('CLUSTER_EXISTS', definition.name);
      if (other === undefined) started.push({ operationId, definition });
      return { operationId, clusterUid: operationId };
    },
    decommission: async (_operationId, name) => {
      throw fail('CLUSTER_NOT_FOUND', name);
    },
    clusterState: async () => undefined,
    operationState: async () => undefined,
    resolveStep: async () => {
      throw fail('STEP_NOT_WAITING', 'nothing waits');
    },
    sweep: async (workflowId, remove) => {
      swept.push({ workflowId, remove });
    },
    operate: async (operationId, _name, operation) => {
      operated.push({ operationId, operation });
      return { operationId, clusterUid: 'uid-1' };
    },
    cancelOperation: async (operationId) => ({ operationId, clusterUid: 'uid-1' }),
    pauseOperation: async (_workflowId, isPaused) => ({ isPaused }),
    removeBackup: async () => undefined,
    vmBackups: async () => ({ items: [], notSeen: [] }),
    drillBackup: async () => undefined,
    scheduleDrills: async () => undefined,
    scheduleBackups: async () => undefined,
    unscheduleBackups: async () => undefined,
    scheduleHealth: async (cluster, intervalSeconds) => {
      watched.set(cluster, intervalSeconds);
    },
    unscheduleHealth: async (cluster) => {
      watched.delete(cluster);
    },
    checkHealth: async () => ({ kind: 'not-watched', reason: 'it has no policy' }),
    watchCertificates: async () => undefined,
    validate: async () => undefined,
    ping: async () => undefined,
    protect: async (name) => {
      throw fail('CLUSTER_NOT_FOUND', name);
    },
    hosts: {
      observe: async () => ({ hosts: [], guests: [] }),
      planDrain: async (_id, host) => ({ host, moves: [], stays: [], others: [], warnings: [] }),
      drain: async () => undefined,
      cancelDrain: async () => undefined,
      isDraining: async () => true,
    } as Partial<Orchestrator['hosts']> as Orchestrator['hosts'],
  };
  const orchestrator = new Proxy(defaults, {
    get: (target, name: keyof Ports) => behave[name] ?? target[name],
  }) as unknown as Orchestrator;
  const log = pino({ level: 'silent' });
  const server = createServer(
    createApp({
      ...{ store, orchestrator, networkDefaults: NETWORK, machineProxyUrl: null, authentication, log },
      healthIntervalSeconds: 30,
    }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    store,
    started,
    planned,
    swept,
    operated,
    watched,
    behave,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & { errors?: { pointer: string }[] };
}

export async function send(
  url: string,
  options: { method?: string; body?: unknown; raw?: string | Buffer; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { method = 'GET', body, raw, headers = {} } = options;
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const type = text === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(url, {
    method,
    headers: { ...type, ...headers },
    ...(text === undefined ? {} : { body: text }),
  });
  const answer = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? (JSON.parse(answer) as Answer['body']) : { text: answer },
  };
}
