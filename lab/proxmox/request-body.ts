/** Parameters of a request: from the query, and from a form, JSON or multipart body. */
import type { IncomingMessage } from 'node:http';
import { ApiError, die } from './api-error.js';
import type { Upload } from './endpoint.js';

/** pveproxy's own limit on the body of a call. */
const MAX_BODY_BYTES = 512 * 1024;
const MAX_HEADERS = 64;
/** The simulator keeps uploads in memory. */
const MAX_UPLOAD_BYTES = 256 * 2 ** 20;

export interface RequestParameters {
  readonly raw: Map<string, unknown>;
  readonly upload: Upload | null;
}

/** @throws ApiError 501 for bodies that pveproxy does not take. */
export async function readParameters(
  request: IncomingMessage,
  query: URLSearchParams,
  takesUpload: boolean,
): Promise<RequestParameters> {
  if (request.rawHeaders.length / 2 > MAX_HEADERS) die(`too many http header lines (> ${MAX_HEADERS})`);
  const raw = new Map<string, unknown>();
  addPairs(raw, query);
  if (takesUpload && raw.has('tmpfilename'))
    die("'tmpfilename' query parameter is not allowed for file uploads");
  const length = Number(request.headers['content-length'] ?? 0);
  if (length === 0 && request.headers['transfer-encoding'] === undefined) return { raw, upload: null };
  const method = request.method ?? '';
  if (method !== 'PUT' && method !== 'POST') {
    throw new ApiError(501, `Unexpected content for method '${method}'`);
  }
  const type = request.headers['content-type'] ?? '';
  const kind = type.split(';')[0]?.trim().toLowerCase() ?? '';
  if (kind === 'multipart/form-data' && takesUpload) return readUpload(request, type, length, raw);
  const text = (await readAll(request, MAX_BODY_BYTES)).toString('utf8');
  if (kind === 'application/x-www-form-urlencoded') addPairs(raw, new URLSearchParams(text));
  else if (kind === 'application/json') addJson(raw, text);
  else throw new ApiError(501, `upload 'Content-Type '${type}' not implemented`);
  return { raw, upload: null };
}

async function readUpload(
  request: IncomingMessage,
  type: string,
  length: number,
  raw: Map<string, unknown>,
): Promise<RequestParameters> {
  if (length === 0) throw new ApiError(501, 'upload without content length header not supported');
  const body = await readAll(request, MAX_UPLOAD_BYTES);
  const form = await parseForm(body, type);
  for (const [name, value] of form) {
    if (typeof value === 'string') {
      raw.set(name, value);
      continue;
    }
    if (name !== 'filename') die(`wrong field name '${name}' for file upload, expected 'filename'`);
    raw.set('filename', value.name);
    // What follows the file is not read any more.
    return { raw, upload: { bytes: new Uint8Array(await value.arrayBuffer()) } };
  }
  return die('upload failed');
}

type FormEntries = Awaited<ReturnType<Response['formData']>>;

async function parseForm(body: Buffer, type: string): Promise<FormEntries> {
  try {
    return await new Response(body, { headers: { 'content-type': type } }).formData();
  } catch {
    return die('upload failed');
  }
}

async function readAll(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw new ApiError(501, 'for data too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A name that comes twice is a list, which no parameter of these calls takes. */
function addPairs(raw: Map<string, unknown>, pairs: URLSearchParams): void {
  for (const [name, value] of pairs) raw.set(name, raw.has(name) ? [raw.get(name), value] : value);
}

function addJson(raw: Map<string, unknown>, text: string): void {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    die('malformed JSON string');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) die('malformed JSON string');
  for (const [name, value] of Object.entries(body)) raw.set(name, value);
}
