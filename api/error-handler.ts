/** Every error becomes problem+json (RFC 9457) here, and only here. */
import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';
import { ClusterwrightError, fail } from '../domain/errors.js';
import { problem } from '../schema/problem.js';

export function errorHandler(log: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, request, response, _next) => {
    const known = toError(error);
    const { httpStatus } = known.kind;
    if (httpStatus >= 500) log.error({ requestId: request.id, code: known.code, error }, known.message);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response
      .status(httpStatus)
      .type('application/problem+json')
      .send(JSON.stringify(problem(known, `/requests/${request.id}`)));
  };
}

/** What the body parser raises carries a `type`; anything else that is not ours was not foreseen. */
function toError(error: unknown): ClusterwrightError {
  if (error instanceof ClusterwrightError) return error;
  const { type = '', message = '', status } = error as { type?: string; message?: string; status?: number };
  switch (type) {
    case 'entity.too.large':
      return fail('BODY_TOO_LARGE', message, { cause: error });
    case 'entity.parse.failed':
    case 'request.size.invalid':
    case 'request.aborted':
      return fail('MALFORMED_JSON', message, { cause: error });
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return fail('UNSUPPORTED_MEDIA_TYPE', message, { cause: error });
    default:
      // A path like `/%ff` is refused by the router itself.
      if (error instanceof URIError) return fail('NOT_FOUND', message, { cause: error });
      // The parser could not even unpack it.
      if (status === 400) return fail('MALFORMED_JSON', message, { cause: error });
      // Its words may tell of the inside: they go to the log, by the request's id.
      return fail('INTERNAL', 'look at the log by the request id', { cause: error });
  }
}
