/** The boot service: what machines fetch before they are anybody's, so that a token is all that they can show. */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { clientAddress } from './client-address.js';
import type { BootDependencies } from './dependencies.js';
import { BootRefusal, notThere } from './refusal.js';
import { bootRoutes } from './routes.js';

export function createBootApp(dependencies: BootDependencies): Express {
  const { trustedProxies, log } = dependencies;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.set('trust proxy', [...trustedProxies]);
  app.set('query parser', false);
  app.use(logged(log), onlyGet);
  const router = express.Router({ caseSensitive: true, strict: true });
  bootRoutes(router, dependencies);
  app.use(router);
  app.use(() => {
    throw notThere('no such path');
  });
  app.use(refused(log));
  return app;
}

const KNOWN: ReadonlySet<string> = new Set(['ipxe', 'files', 'nocloud', 'ignition']);

/** One line for each answer. The address is left out: a token is part of it. */
function logged(log: Logger): RequestHandler {
  return (request, response, next) => {
    const from = clientAddress(request);
    const [, first = ''] = request.path.split('/');
    const what = KNOWN.has(first) ? first : 'nothing known';
    response.once('close', () => {
      const { statusCode: status, writableFinished: isWhole } = response;
      const { machine, mac, file, boots, reason, error } = response.locals as Readonly<
        Record<string, unknown>
      >;
      const line = { what, from, status, machine, mac, file, boots, reason, error };
      if (reason !== undefined) log.warn(line, 'boot service refused');
      else if (isWhole) log.info(line, 'boot service answered');
      else log.warn(line, 'boot service was cut off');
    });
    response.setHeader('Cache-Control', 'no-store');
    next();
  };
}

/** `HEAD` would use a token up without giving anything. */
const onlyGet: RequestHandler = (request, response, next) => {
  if (request.method === 'GET') return next();
  response.setHeader('Allow', 'GET');
  throw new BootRefusal(405, `${request.method} is not GET`);
};

function refused(log: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, _request, response, _next) => {
    const refusal = refusalOf(error);
    response.locals['reason'] = refusal.message;
    response.locals['machine'] ??= refusal.machine;
    if (refusal.status === 500) log.error({ error }, 'boot service failed');
    if (response.headersSent) {
      // What was announced cannot be sent any more: the machine has to notice.
      response.destroy();
      return;
    }
    response.removeHeader('Content-Length');
    response
      .status(refusal.status)
      .type('text/plain')
      .send(`${TEXTS[refusal.status] ?? 'refused'}\n`);
  };
}

function refusalOf(error: unknown): BootRefusal {
  if (error instanceof BootRefusal) return error;
  // A path like `/%ff` is refused by the router itself.
  if (error instanceof URIError) return notThere('no such path');
  return new BootRefusal(500, error instanceof Error ? error.message : String(error));
}

const TEXTS: Readonly<Record<number, string>> = {
  404: 'not found',
  405: 'method not allowed',
  500: 'internal error',
  503: 'not available',
};
