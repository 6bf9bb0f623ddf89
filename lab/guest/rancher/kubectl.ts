/** `k3s kubectl` and its like: enough of kubectl to look at a cluster from its server. */
import { parse } from 'yaml';
import { httpOver } from '../http-request.js';
import { failWith, succeed, type CommandCall, type Outcome } from '../shell/guest-command.js';
import { flag, parseOptions, valued } from '../shell/options.js';

const OPTIONS = [
  valued('raw'),
  valued('o', 'output'),
  valued('kubeconfig'),
  flag('no-headers'),
  valued('request-timeout'),
];
const TIMEOUT_MS = 30_000;

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
  readonly users: readonly { readonly user: Readonly<Record<string, string>> }[];
}

interface NodeList {
  readonly items: readonly {
    readonly metadata: {
      readonly name: string;
      readonly creationTimestamp?: string;
      readonly labels?: Readonly<Record<string, string>>;
    };
    readonly status?: {
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
      readonly nodeInfo?: { readonly kubeletVersion?: string };
    };
  }[];
}

/** @param kubeconfig where neither an option nor the environment names one. */
export async function kubectl(
  args: readonly string[],
  call: CommandCall,
  kubeconfig: string,
): Promise<Outcome> {
  const options = parseOptions(args, { declared: OPTIONS });
  const [verb, kind] = options.operands;
  const raw = options.value('raw');
  const path = raw ?? (/^(no|nodes?)$/.test(kind ?? '') ? '/api/v1/nodes' : undefined);
  if (verb !== 'get' || path === undefined)
    return failWith(1, `error: unknown command "${options.operands.join(' ')}" for "kubectl"`);
  const file = options.value('kubeconfig') ?? call.env['KUBECONFIG'] ?? kubeconfig;
  let text: string;
  try {
    text = await call.files.readFile(call.path(file));
  } catch {
    return failWith(1, `error: error loading config file "${file}": open ${file}: permission denied`);
  }
  const { clusters, users } = parse(text) as Kubeconfig;
  const [cluster, user] = [clusters[0]?.cluster ?? {}, users[0]?.user ?? {}];
  const url = new URL(path, cluster['server']);
  const refused = `The connection to the server ${url.host} was refused - did you specify the right host or port?`;
  const dialled = call.system.dial(url.hostname, Number(url.port));
  if (dialled.kind !== 'connected') return failWith(1, refused);
  const decode = (value: string | undefined): string => Buffer.from(value ?? '', 'base64').toString();
  try {
    const answer = await httpOver({
      stream: dialled.stream,
      url,
      method: 'GET',
      headers: { accept: 'application/json' },
      signal: AbortSignal.any([call.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      tls: {
        isInsecure: false,
        ca: decode(cluster['certificate-authority-data']),
        cert: decode(user['client-certificate-data']),
        key: decode(user['client-key-data']),
      },
    });
    const body = answer.body.toString();
    if (answer.status >= 400) return failWith(1, `Error from server: ${messageOf(body)}`);
    if (raw !== undefined) return succeed(body);
    return succeed(
      options.value('o') === 'json'
        ? `${body}\n`
        : nodeTable(JSON.parse(body) as NodeList, options.has('no-headers')),
    );
  } catch (error) {
    return failWith(1, `Unable to connect to the server: ${(error as Error).message}`);
  }
}

function messageOf(body: string): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? body;
  } catch {
    return body;
  }
}

function nodeTable({ items }: NodeList, hasNoHeader: boolean): string {
  const header = ['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION'];
  const rows = items.map(({ metadata, status }) => {
    const isReady =
      status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
    const roles = Object.keys(metadata.labels ?? {}).flatMap(
      (key) => /^node-role\.kubernetes\.io\/(.+)$/.exec(key)?.[1] ?? [],
    );
    const seconds = Math.max(
      0,
      Math.round((Date.now() - Date.parse(metadata.creationTimestamp ?? '')) / 1_000) || 0,
    );
    return [
      metadata.name,
      isReady ? 'Ready' : 'NotReady',
      roles.sort().join(',') || '<none>',
      `${seconds}s`,
      status?.nodeInfo?.kubeletVersion ?? '',
    ];
  });
  const all = hasNoHeader ? rows : [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd((widths[column] ?? 0) + 3))
          .join('')
          .trimEnd()}\n`,
    )
    .join('');
}
