/** A script that asks the etcd of its own machine through the JSON gateway (https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/). */
import { quote } from '../ssh/root-shell.js';
import type { GatewayAccess } from './gateway-access.js';

export interface GatewayCall {
  /** Marks its answer in the output. */
  readonly id: string;
  readonly path: string;
  /** Posted as JSON; `null`: the path is only read. */
  readonly body: Readonly<Record<string, unknown>> | null;
}

export interface GatewayAnswer {
  /** Of HTTP; 0: there was no answer. */
  readonly status: number;
  readonly body: unknown;
}

/** Of each call; etcd itself gives up on a request after 7 s where there is no leader. */
const CALL_SECONDS = 10;
const MARK = '--- ';

/** Prints for each call a line with its mark, the answer and a line with its HTTP status. */
export function gatewayScript(access: GatewayAccess, calls: readonly GatewayCall[]): string {
  const { ports, authorities, certificate, key } = access;
  const quiet = `curl -sS --max-time ${CALL_SECONDS} --cacert "$ca" --cert ${quote(certificate)} --key ${quote(key)}`;
  return [
    'ca=',
    `for each in ${authorities.map(quote).join(' ')}; do`,
    '  if test -z "$ca" && test -e "$each"; then ca=$each; fi',
    'done',
    `if test -z "$ca" || ! test -e ${quote(certificate)}; then`,
    `  echo ${quote(`there is no etcd: ${certificate} is missing`)} >&2`,
    '  exit 1',
    'fi',
    'port=',
    `for each in ${ports.join(' ')}; do`,
    `  if test -z "$port" && ${quiet} -o /dev/null "https://localhost:$each/version"; then port=$each; fi`,
    'done',
    'if test -z "$port"; then exit 1; fi',
    ...calls.flatMap(({ id, path, body }) => [
      `echo ${quote(`${MARK}${id}`)}`,
      `${quiet}${dataOf(body)} -w '\\n%{http_code}\\n' "https://localhost:$port${path}" || echo 0`,
    ]),
    '',
  ].join('\n');
}

/** @returns by the marks of the calls. */
export function gatewayAnswers(output: string): ReadonlyMap<string, GatewayAnswer> {
  const answers = new Map<string, GatewayAnswer>();
  for (const part of `\n${output}`.split(`\n${MARK}`).slice(1)) {
    const [id = '', ...lines] = part.trimEnd().split('\n');
    const status = Number(lines.at(-1));
    const text = lines.slice(0, -1).join('\n');
    answers.set(id, { status: Number.isInteger(status) ? status : 0, body: parsed(text) });
  }
  return answers;
}

function dataOf(body: GatewayCall['body']): string {
  return body === null ? '' : ` -X POST -d ${quote(JSON.stringify(body))}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
