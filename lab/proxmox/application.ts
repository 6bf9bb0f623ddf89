/** The Express application: faults, authentication, parameters, the call itself, and its answer. */
import express from 'express';
import type { Express, Request, Response } from 'express';
import type { Faults } from '../faults.js';
import { ApiError, refuseParameters } from './api-error.js';
import { refusal, send, success, unauthorized } from './answer.js';
import type { Answer } from './answer.js';
import type { Cluster } from './cluster.js';
import type { Endpoint } from './endpoint.js';
import { verifyParameters } from './parameters.js';
import { Session } from './privileges.js';
import { readParameters } from './request-body.js';
import type { Tokens } from './tokens.js';

const BASE = '/api2/json';

export interface ApplicationParts {
  readonly cluster: Cluster;
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly endpoints: readonly Endpoint[];
}

export function createApplication(parts: ApplicationParts): Express {
  const application = express();
  application.disable('x-powered-by');
  application.disable('etag');
  for (const endpoint of parts.endpoints) {
    const path = `${BASE}${endpoint.path.replaceAll('{volume}', '*volume').replaceAll(/\{(\w+)\}/g, ':$1')}`;
    const register = endpoint.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
    application[register](path, (request, response) =>
      serve(parts, request, response, (session) => call(endpoint, session, request)),
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
  run: (session: Session) => unknown,
): Promise<void> {
  const subject = `${request.method} ${subjectPath(request)}`;
  const before = await faults.at('proxmox', 'before', subject);
  if (before !== undefined) return answerFault(request, response, before);
  await cluster.latency.wait('proxmox.request', subject);
  const answer = await answerTo(cluster, tokens, request, run);
  if (request.method !== 'GET') cluster.world.flush();
  const after = await faults.at('proxmox', 'after', subject);
  if (after !== undefined) return answerFault(request, response, after);
  reply(request, response, answer);
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

async function call(endpoint: Endpoint, session: Session, request: Request): Promise<unknown> {
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
  return endpoint.handle({ session, params: verifyParameters(endpoint.parameters, raw), upload });
}

function pathText(value: string | string[]): string {
  return Array.isArray(value) ? value.join('/') : value;
}

function answerFault(
  request: Request,
  response: Response,
  effect:
    | { readonly kind: 'drop' }
    | { readonly kind: 'status'; readonly status: number; readonly message: string },
): void {
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
