/** Reads the bodies of requests: JSON, YAML or Protobuf. */
import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import { isJsonObject, type JsonObject } from '../model/json.js';
import { badRequest, StatusError } from '../model/status-error.js';
import { decodeObject, PROTOBUF_TYPE } from '../protobuf/decode-object.js';

/** What a real API server takes at most. */
const MAX_BYTES = 3 * 1024 * 1024;

export interface RequestBody {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** What is too much is read to its end all the same: a client that is cut off does not see the answer. @throws StatusError 413 */
export async function readBody(request: IncomingMessage): Promise<RequestBody> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BYTES) chunks.push(chunk);
  }
  if (length > MAX_BYTES) {
    throw new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BYTES}`);
  }
  const [mediaType = ''] = (request.headers['content-type'] ?? 'application/json').split(';');
  return { mediaType: mediaType.trim().toLowerCase(), bytes: Buffer.concat(chunks) };
}

/** An object of the API. @throws StatusError 400 when it is none, 415 for other media types. */
export function parseObject(body: RequestBody): JsonObject {
  const { mediaType, bytes } = body;
  if (mediaType === PROTOBUF_TYPE) return decodeObject(bytes);
  const value =
    mediaType === 'application/yaml' ? parseYaml(textOf(body)) : parseJson(mediaType, textOf(body));
  if (!isJsonObject(value)) throw badRequest('the object provided is unrecognized (must be of type object)');
  return value;
}

/** Options may be left out: an empty body is an empty object. @throws StatusError 400, 415 */
export function parseOptions(body: RequestBody): JsonObject {
  return body.bytes.length === 0 ? {} : parseObject(body);
}

export function textOf({ bytes }: RequestBody): string {
  return bytes.toString('utf8');
}

/** @throws StatusError 400 */
export function parseYaml(text: string): unknown {
  try {
    // Aliases could blow a small document up to fill the memory; the API's own encoder never writes any.
    return parse(text, { maxAliasCount: 0, schema: 'core' }) as unknown;
  } catch (error) {
    throw badRequest(
      `error converting YAML to JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** @throws StatusError 400, 415 */
export function parseJson(mediaType: string, text: string): unknown {
  if (!/^(application\/([a-z-]+\+)?json|\*\/\*|)$/.test(mediaType)) {
    const message = `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, ${PROTOBUF_TYPE}`;
    throw new StatusError('UnsupportedMediaType', message);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw badRequest(
      `couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
