/** The Express application: faults, authentication, parameters, the call itself, and its answer. */
import express from 'express';
import type { Express, Request, Response } from 'express';
import { isAnswerEffect, isTaskEffect } from '../fault-effects.js';
import type { AnswerEffect, FaultEffect, WorldChange } from '../fault-effects.js';
import type { Faults } from '../faults.js';
import { ApiError, refuseParameters } from './api-error.js';
import { refusal, send, success, unauthorized } from './answer.js';
import type { Answer } from './answer.js';
import type { Cluster } from './cluster.js';
import type { Endpoint } from './endpoint.js';
import { withInjection } from './injection.js';
import { passGate } from './node-gate.js';
import { verifyParameters } from './parameters.js';
import { Session } from './privileges.js';
import { readParameters } from './request-body.js';
import type { Tokens } from './tokens.js';
import { changeWorld } from './world-change.js';
import type { ChangeDefaults } from './world-change.js';

const BASE = '/api2/json';

export interface ApplicationParts {
  readonly cluster: Cluster;
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly endpoints: readonly Endpoint[];
  /** The host whose own address the calls come to. */
  readonly via: string;
}

export function createApplication(parts: ApplicationParts): Express {
  const application = express();
  application.disable('x-powered-by');
  application.disable('etag');
  for (const endpoint of parts.endpoints) {
    const path = `${BASE}${endpoint.path.replaceAll('{volume}', '*volume').replaceAll(/\{(\w+)\}/g, ':$1')}`;
    const register = endpoint.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
    application[register](path, (request, response) =>
      serve(parts, request, response, (session, effects) => call(parts, endpoint, session, request, effects)),
    );
  }
  application.use((request, response) =>
    serve(parts, request, response, () => {
      throw new ApiError(501, `Method '${request.method} ${subjectPath(request)}' not implemented`);
    }),
  );
  return application;
}

/** Everything around a call: it takes effect only after the `before` stage, and is answered after the `after` stage. */
async function serve(
  { cluster, tokens, faults }: ApplicationParts,
  request: Request,
  response: Response,
  run: (session: Session, effects: Befalling) => unknown,
): Promise<void> {
  const subject = `${request.method} ${subjectPath(request)}`;
  const before = await faults.effects('proxmox', 'before', subject);
  const instead = before.find((effect) => isAnswerEffect(effect));
  if (instead !== undefined) return answerFault(request, response, instead);
  await cluster.latency.wait('proxmox.request', subject);
  const befalling: Befalling = { effects: before, about: {} };
  const answer = await answerTo(cluster, tokens, request, (session) => run(session, befalling));
  if (request.method !== 'GET') cluster.world.flush();
  const after = await faults.effects('proxmox', 'after', subject);
  changeFor(cluster, after, befalling.about);
  const replacing = after.find((effect) => isAnswerEffect(effect));
  if (replacing !== undefined) return answerFault(request, response, replacing);
  reply(request, response, answer);
}

/** The injected effects that do not keep a call from being made, and what the call turns out to be about. */
interface Befalling {
  readonly effects: readonly FaultEffect[];
  about: ChangeDefaults;
}

function changeFor(cluster: Cluster, effects: readonly FaultEffect[], about: ChangeDefaults): void {
  const isChange = (effect: FaultEffect): effect is WorldChange =>
    effect.kind !== 'hold' && !isAnswerEffect(effect) && !isTaskEffect(effect);
  for (const change of effects.filter(isChange)) changeWorld(cluster, change, about);
}

async function answerTo(
  cluster: Cluster,
  tokens: Tokens,
  request: Request,
  run: (session: Session) => unknown,
): Promise<Answer> {
  const header = request.headers.authorization;
  if (header === undefined) return unauthorized('No ticket');
  const token = tokens.verify(header);
  if (token === undefined) return unauthorized('Authentication failed!');
  const session = new Session(token.id, token.access, (vmid) => cluster.world.vms.get(vmid)?.pool ?? null);
  try {
    return success(await run(session));
  } catch (error) {
    return refusal(error);
  }
}

async function call(
  { cluster, via }: ApplicationParts,
  endpoint: Endpoint,
  session: Session,
  request: Request,
  befalling: Befalling,
): Promise<unknown> {
  const path = new Map(Object.entries(request.params).map(([name, value]) => [name, pathText(value)]));
  const query = new URL(request.originalUrl, 'https://localhost').searchParams;
  endpoint.permit?.(session, path);
  const { raw, upload } = await readParameters(request, query, endpoint.takesUpload ?? false);
  for (const [name, value] of path) {
    if (raw.has(name) && String(raw.get(name)) !== value) {
      refuseParameters({ [name]: 'duplicate parameter (already defined in URI) with conflicting values!' });
    }
    raw.set(name, value);
  }
  const params = verifyParameters(endpoint.parameters, raw);
  befalling.about = { vmid: params.number('newid') ?? params.number('vmid'), node: params.text('node') };
  changeFor(cluster, befalling.effects, befalling.about);
  await passGate(cluster, via, request.method, subjectPath(request));
  const tasks = befalling.effects.filter((effect) => isTaskEffect(effect));
  return withInjection(tasks, () => endpoint.handle({ session, params, upload, via }));
}

function pathText(value: string | string[]): string {
  return Array.isArray(value) ? value.join('/') : value;
}

function answerFault(request: Request, response: Response, effect: AnswerEffect): void {
  if (effect.kind === 'drop') request.socket.destroy();
  else reply(request, response, refusal(new ApiError(effect.status, effect.message)));
}

/** A body that nobody read is in the way of the next request on the connection. */
function reply(request: Request, response: Response, answer: Answer): void {
  if (!request.complete) response.setHeader('Connection', 'close');
  send(response, answer);
}

/** The path below `/api2/json`, decoded. */
function subjectPath(request: Request): string {
  const path = request.path.startsWith(BASE) ? request.path.slice(BASE.length) : request.path;
  try {
    return decodeURIComponent(path) || '/';
  } catch {
    return path;
  }
}
