/** The Express application: parsing, authentication, routes, errors. */
import express, { type Express, type RequestHandler } from 'express';
import { randomUUID } from 'node:crypto';
import { fail } from '../domain/errors.js';
import { openApiDocument } from '../schema/openapi.js';
import { authenticate } from './authentication.js';
import type { ApiDependencies } from './dependencies.js';
import { errorHandler } from './error-handler.js';
import { addressConflictRoutes } from './routes/address-conflicts.js';
import { backupRoutes } from './routes/backups.js';
import { certificateRoutes } from './routes/certificates.js';
import { clusterRoutes } from './routes/clusters.js';
import { hostRoutes } from './routes/hosts.js';
import { healthRoutes } from './routes/health.js';
import { imageRoutes } from './routes/images.js';
import { operationRoutes } from './routes/operations.js';
import { orphanRoutes } from './routes/orphans.js';
import { provisionRoutes } from './routes/provision.js';
import { removalRoutes } from './routes/removals.js';
import { restoreRoutes } from './routes/restore.js';
import { scaleRoutes } from './routes/scale.js';
import { schemaRoutes } from './routes/schemas.js';
import { scrapeTargetRoutes } from './routes/scrape-targets.js';
import { secretRoutes } from './routes/secrets.js';
import { stepRoutes } from './routes/steps.js';
import { upgradeRoutes } from './routes/upgrade.js';
import { validationRoutes } from './routes/validations.js';
import { vmBackupRoutes } from './routes/vm-backups.js';

declare module 'express-serve-static-core' {
  interface Request {
    /** Named in the log and in each problem, so that one leads to the other. */
    id: string;
    /** The body as it was sent: two requests are the same when these bytes are. */
    rawBody: Buffer;
  }
}

const MAX_BODY_BYTES = 1024 * 1024;

export function createApp(dependencies: ApiDependencies): Express {
  const { authentication, orchestrator, log } = dependencies;
  const app = express();
  app.disable('x-powered-by');
  app.use((request, response, next) => {
    request.id = randomUUID();
    request.rawBody = Buffer.alloc(0);
    response.setHeader('X-Request-Id', request.id);
    response.once('finish', () => {
      const { method, originalUrl } = request;
      log.info({ requestId: request.id, method, url: originalUrl, status: response.statusCode }, 'answered');
    });
    next();
  });

  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/readyz', async (_request, response) => {
    await orchestrator.ping();
    response.json({ status: 'ok' });
  });
  app.get('/openapi.json', (_request, response) => {
    response.json(openApiDocument());
  });

  app.use(authenticate(authentication));
  app.use(requireJson, express.json({ limit: MAX_BODY_BYTES, strict: false, verify: keepRawBody }));
  const api = express.Router();
  const routes = [
    provisionRoutes,
    clusterRoutes,
    backupRoutes,
    vmBackupRoutes,
    healthRoutes,
    certificateRoutes,
    imageRoutes,
    addressConflictRoutes,
    orphanRoutes,
    operationRoutes,
    restoreRoutes,
    scaleRoutes,
    secretRoutes,
    stepRoutes,
    scrapeTargetRoutes,
    upgradeRoutes,
    validationRoutes,
    hostRoutes,
    removalRoutes,
    schemaRoutes,
  ];
  for (const route of routes) route(api, dependencies);
  app.use('/api/v1', api);
  app.use((request) => {
    throw fail('NOT_FOUND', `there is nothing at ${request.method} ${request.path}`);
  });
  app.use(errorHandler(log));
  return app;
}

const requireJson: RequestHandler = (request, _response, next) => {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
  if (hasBody && !request.is('application/json')) {
    const type = request.headers['content-type'] ?? 'nothing';
    throw fail('UNSUPPORTED_MEDIA_TYPE', `the body is declared as ${type}`);
  }
  next();
};

function keepRawBody(request: unknown, _response: unknown, body: Buffer): void {
  (request as { rawBody?: Buffer }).rawBody = body;
}
