/**
 * The snapshot in the answer of etcd's JSON gateway: one object a line, `{"result": {"blob": "<base64>"}}`, or at last
 * `{"error": {…}}` (https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway).
 */
import { StringDecoder } from 'node:string_decoder';
import { fail } from '../../domain/errors.js';

/** etcd sends 32 KiB at a time; a longer line is no answer of it. */
const MOST_LINE_CHARACTERS = 16 * 1024 * 1024;

interface Answer {
  readonly result?: { readonly blob?: string };
  readonly error?: { readonly message?: string };
}

/** @throws `BACKUP_SNAPSHOT_FAILED` */
export async function* fromGateway(answer: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of answer) {
    rest += decoder.write(Buffer.from(chunk));
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MOST_LINE_CHARACTERS) throw unreadable();
    for (const line of lines) yield* blobIn(line);
  }
  yield* blobIn(rest + decoder.end());
}

function* blobIn(line: string): Generator<Buffer> {
  if (line.trim() === '') return;
  const { result, error } = parse(line);
  if (error !== undefined)
    throw fail('BACKUP_SNAPSHOT_FAILED', `etcd: ${error.message ?? 'it gave no reason'}`);
  if (result?.blob !== undefined && result.blob !== '') yield Buffer.from(result.blob, 'base64');
}

function parse(line: string): Answer {
  try {
    return JSON.parse(line) as Answer;
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(cause?: unknown) {
  return fail('BACKUP_SNAPSHOT_FAILED', 'what etcd answered is no snapshot', { cause });
}
