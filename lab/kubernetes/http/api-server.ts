/** The API server: TLS on connections that come from elsewhere, who is there, what he may, and the answer. */
import { constants } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Faults } from '../../faults.js';
import { authenticate } from '../auth/authentication.js';
import { isAllowed, refusedAccess, type Access } from '../auth/authorization.js';
import { impersonated } from '../auth/impersonation.js';
import type { User } from '../auth/user.js';
import type { Cluster } from '../cluster.js';
import type { Supervisor } from '../lab-kubernetes.js';
import { failure, StatusError } from '../model/status-error.js';
import { issueServingCertificate } from '../pki/certificates.js';
import { serviceAddress } from '../subnets.js';
import { discover } from './discovery.js';
import { dispatch } from './dispatch.js';
import { answerOpen, isOpen } from './health.js';
import { describe } from './openapi.js';
import { Lists } from './read.js';
import { plain, send, statusReply, type Reply } from './reply.js';
import { readBody } from './request-body.js';
import { parseResourceRequest, type ResourceRequest } from './resource-request.js';

/** Clients reuse connections after longer pauses than Node's five seconds. */
const KEEP_ALIVE_MS = 120_000;

export class ApiServer {
  private readonly cluster: Cluster;
  private readonly faults: Faults;
  private readonly lists = new Lists();
  private readonly sockets = new Set<Socket>();
  private hasQuorum = true;
  private closed = false;

  constructor(cluster: Cluster, faults: Faults) {
    this.cluster = cluster;
    this.faults = faults;
  }

  setQuorum(hasQuorum: boolean): void {
    this.hasQuorum = hasQuorum;
  }

  /** @returns what takes over a new connection; those that come before the certificate is made wait for it. */
  serve(alternativeNames: readonly string[], supervisor?: Supervisor): (socket: Socket) => void {
    const starting = this.createServer(alternativeNames, supervisor);
    // A failure is told to whoever connects.
    starting.catch(() => undefined);
    return (socket) => {
      // Clients go away whenever they like.
      socket.on('error', () => undefined);
      if (this.closed) {
        socket.destroy();
        return;
      }
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
      starting.then(
        (server) => {
          if (this.closed || socket.destroyed) socket.destroy();
          else server.emit('connection', socket);
        },
        () => socket.destroy(),
      );
    };
  }

  close(): void {
    this.closed = true;
    for (const socket of this.sockets) socket.destroy();
  }

  private async createServer(
    alternativeNames: readonly string[],
    supervisor: Supervisor = () => undefined,
  ): Promise<Server> {
    const { keys, options } = this.cluster;
    const service = [
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      `kubernetes.default.svc.${options.clusterDomain}`,
    ];
    const own = [...service, serviceAddress(this.cluster, 1n)];
    const names = [...new Set([...own, ...alternativeNames])];
    const { certificate, privateKey } = await issueServingCertificate(keys.serverAuthority, names);
    const server = createServer(
      {
        cert: certificate,
        key: privateKey,
        ca: keys.clientAuthority.certificate,
        requestCert: true,
        // Who shows no certificate may have a token.
        rejectUnauthorized: false,
        // A resumed session would not show its client certificate again.
        secureOptions: constants.SSL_OP_NO_TICKET,
        ALPNProtocols: ['http/1.1'],
      },
      (request, response) => void this.handle(request, response, supervisor),
    );
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    return server;
  }

  private async handle(
    request: IncomingMessage,
    response: ServerResponse,
    supervisor: Supervisor,
  ): Promise<void> {
    response.on('error', () => undefined);
    try {
      const url = new URL(request.url ?? '/', 'https://kubernetes');
      const subject = `${this.cluster.id}: ${request.method ?? ''} ${url.pathname}`;
      if (await this.failsOnDemand('before', subject, response)) return;
      const special = supervisor(url.pathname, request.headers.authorization);
      const reply =
        special === undefined ? await this.answer(request, url) : plain(special.status, special.body);
      if (await this.failsOnDemand('after', subject, response)) return;
      send(reply, response);
    } catch (error) {
      // The client broke off while it was sending.
      if (request.destroyed && !request.complete) return;
      send(refusal(error), response);
    }
  }

  private async failsOnDemand(
    stage: 'before' | 'after',
    subject: string,
    response: ServerResponse,
  ): Promise<boolean> {
    const effect = await this.faults.at('kubernetes', stage, subject);
    if (effect === undefined) return response.destroyed;
    if (effect.kind === 'drop') response.destroy();
    else send(statusReply(failure(effect.status, 'InternalError', effect.message)), response);
    return true;
  }

  private async answer(request: IncomingMessage, url: URL): Promise<Reply> {
    const { cluster } = this;
    const { headers, method = 'GET', socket } = request;
    if (!this.hasQuorum && !/^\/livez(\/|$)/.test(url.pathname))
      throw new StatusError('InternalError', 'etcdserver: no leader');
    const caller = authenticate(cluster, {
      socket: socket as TLSSocket,
      authorization: headers.authorization,
    });
    if (caller !== undefined || isOpen(url.pathname, cluster.options.distribution)) {
      const open = answerOpen(cluster, url, this.hasQuorum);
      if (open !== undefined) return open;
    }
    if (caller === undefined) throw new StatusError('Unauthorized', 'Unauthorized');

    const user = impersonated(cluster, caller, headers) ?? caller;
    const target = parseResourceRequest(cluster.registry, method, url);
    this.authorize(user, target === undefined ? pathAccess(method, url) : resourceAccess(target));
    const accept = headers.accept ?? '';
    if (target === undefined) {
      const reply = discover(cluster, url.pathname, accept) ?? describe(cluster, url.pathname, accept);
      if (reply === undefined)
        throw new StatusError('NotFound', 'the server could not find the requested resource');
      return reply;
    }
    const body = await readBody(request);
    const userAgent = headers['user-agent'] ?? '';
    return dispatch({ cluster, user, target, query: url.searchParams, accept, userAgent, body }, this.lists);
  }

  private authorize(user: User, access: Access): void {
    if (!isAllowed(this.cluster, user, access)) throw refusedAccess(user, access);
  }
}

function pathAccess(method: string, { pathname }: URL): Access {
  return { kind: 'path', verb: method.toLowerCase(), path: pathname };
}

function resourceAccess({ kind, verb, namespace, name, subresource }: ResourceRequest): Access {
  return { kind: 'resource', verb, group: kind.group, resource: kind.plural, subresource, namespace, name };
}

function refusal(error: unknown): Reply {
  if (error instanceof StatusError) return statusReply(error.toStatus());
  const message = error instanceof Error ? error.message : String(error);
  return statusReply(failure(500, 'InternalError', `Internal error occurred: ${message}`));
}
