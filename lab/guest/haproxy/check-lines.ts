/** `option httpchk`, `http-check ...`: how the servers of a backend are asked whether they are well. */
import type { Expectation, HealthCheck } from './configuration.js';

/** What the lines say so far; later lines add to earlier ones. */
export interface CheckDraft {
  kind: 'tcp' | 'http';
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  expect: Expectation;
}

export const NO_CHECK_LINES: Readonly<CheckDraft> = {
  kind: 'tcp',
  method: 'OPTIONS',
  path: '/',
  headers: {},
  expect: { kind: 'success' },
};

export function healthCheck({ kind, method, path, headers, expect }: CheckDraft): HealthCheck {
  return kind === 'tcp' ? { kind } : { kind, method, path, headers, expect };
}

/** `option httpchk [[METHOD] URI [VERSION]]` */
export function takeHttpCheckOption(draft: CheckDraft, words: readonly string[]): string | undefined {
  draft.kind = 'http';
  const [first, second, version, ...more] = words;
  if (more.length > 0) return "'option httpchk' : too many arguments.";
  if (version !== undefined && !/^HTTP\/\d\.\d$/.test(version))
    return `'option httpchk' : invalid HTTP version '${version}'.`;
  // One word alone is the path.
  if (second === undefined) draft.path = first ?? draft.path;
  else Object.assign(draft, { method: first, path: second });
  return undefined;
}

const HTTP_CHECK_RULES =
  "'disable-on-404', 'send-state', 'comment', 'connect', 'send', 'expect', 'set-var-fmt(*)', 'set-var(*)', 'unset-var(*)'.";
const EXPECTATIONS =
  "'only supports min-recv, [!]string', '[!]rstring', '[!]string-lf', '[!]status', '[!]rstatus', [!]hdr, [!]fhdr or comment but got";

/** `http-check send|expect|connect ...` */
export function takeHttpCheckRule(draft: CheckDraft, words: readonly string[]): string | undefined {
  const [rule = '', ...rest] = words;
  if (rule === 'send') return takeSend(draft, rest);
  if (rule === 'expect') return takeExpect(draft, rest);
  if (rule === 'disable-on-404' || rule === 'send-state') return undefined;
  if (rule === 'connect')
    return rest.every((word) => word === 'ssl' || word === 'default')
      ? undefined
      : `'http-check connect' expects 'comment', 'port', 'addr', 'send-proxy', 'ssl', 'sni', 'alpn', 'proto', 'via-socks4', 'linger', 'default' but got '${rest.join(' ')}'`;
  return `'http-check' only supports ${HTTP_CHECK_RULES} but got '${rule}'`;
}

function takeSend(draft: CheckDraft, words: readonly string[]): string | undefined {
  const todo = [...words];
  for (let word = todo.shift(); word !== undefined; word = todo.shift()) {
    const value = todo.shift();
    if (value === undefined) return `'http-check send' : '${word}' expects an argument.`;
    if (word === 'meth') draft.method = value;
    else if (word === 'uri') draft.path = value;
    else if (word === 'hdr') {
      const text = todo.shift();
      if (text === undefined) return "'http-check send' : 'hdr' expects <name> and <value> as arguments.";
      draft.headers = { ...draft.headers, [value.toLowerCase()]: text };
    } else if (word !== 'ver')
      return `'http-check send' expects 'comment', 'meth', 'uri', 'uri-lf', 'ver', 'hdr', 'body' or 'body-lf' but got '${word}' as argument.`;
  }
  return undefined;
}

function takeExpect(draft: CheckDraft, words: readonly string[]): string | undefined {
  const todo = [...words];
  let isNegated = false;
  if (todo[0] === '!') {
    isNegated = true;
    todo.shift();
  }
  const [kind = '', value, ...more] = todo;
  const known = { status: 'status', rstatus: 'status', string: 'body', rstring: 'body' }[kind];
  if (known === undefined) return `'http-check expect' : ${EXPECTATIONS} '${kind}' as argument..`;
  if (value === undefined || more.length > 0)
    return `'http-check expect' : '${kind}' expects a pattern as an argument.`;
  const isCode = kind === 'status' && !/^\d{3}(?:-\d{3})?(?:,\d{3}(?:-\d{3})?)*$/.test(value);
  if (isCode) return `'http-check expect' : '${kind}' : invalid status code '${value}'.`;
  const pattern = kind.startsWith('r') ? value : kind === 'status' ? statusPattern(value) : escaped(value);
  draft.expect = { kind: known === 'status' ? 'status' : 'body', pattern, isNegated };
  return undefined;
}

/** `200,300-399` as a regular expression. */
function statusPattern(codes: string): string {
  const all = codes.split(',').flatMap((part) => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
  });
  return `^(?:${all.join('|')})$`;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
