/** `kubectl` of the project's package: as much as administrators of a new cluster need. */
import { FileSystemError } from '../disk/file-system-error.js';
import {
  failWith,
  succeed,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions, valued, type ParsedOptions } from '../shell/options.js';
import { apiClient, ApiUnreachable, messageOf, type ApiClient } from './api-client.js';
import { apply } from './apply.js';
import { findResource, objectPath, selection, UnknownResource } from './resources.js';
import { printObjects, type KubeItem } from './print.js';
import { waitFor } from './wait.js';

const OPTIONS = [
  ...[
    valued('raw'),
    valued('o', 'output'),
    valued('kubeconfig'),
    valued('n', 'namespace'),
    valued('l', 'selector'),
    valued('field-selector'),
  ],
  ...[
    valued('f', 'filename'),
    valued('field-manager'),
    valued('for'),
    valued('timeout'),
    valued('request-timeout'),
  ],
  ...[
    flag('server-side'),
    flag('force-conflicts'),
    flag('no-headers'),
    flag('ignore-not-found'),
    flag('A', 'all-namespaces'),
  ],
];

export interface KubectlCall {
  readonly client: ApiClient;
  readonly options: ParsedOptions;
  readonly namespace: string;
  readonly call: CommandCall;
}

export const kubectl: GuestCommand = {
  name: 'kubectl',
  run: async (args, call) => {
    const options = parseOptions(args, { declared: OPTIONS });
    const [verb, ...words] = options.operands;
    const file = options.value('kubeconfig') ?? call.env['KUBECONFIG'];
    if (file === undefined) return failWith(1, refused('localhost:8080'));
    let text: string;
    try {
      text = await call.files.readFile(call.path(file));
    } catch (error) {
      const isForbidden = error instanceof FileSystemError && error.code === 'EACCES';
      return failWith(
        1,
        isForbidden
          ? `error: error loading config file "${file}": open ${file}: permission denied`
          : `error: stat ${file}: no such file or directory`,
      );
    }
    const client = apiClient(call.system, text, call.signal);
    const request = { client, options, call, namespace: options.value('n') ?? 'default' };
    try {
      return await run(verb ?? '', words, request);
    } catch (error) {
      if (error instanceof UnknownResource) return failWith(1, `error: ${error.message}`);
      if (!(error instanceof ApiUnreachable)) throw error;
      if (error.refusedBy !== undefined) return failWith(1, refused(error.refusedBy));
      return failWith(1, `Unable to connect to the server: ${error.message}`);
    }
  },
};

function refused(host: string): string {
  return `The connection to the server ${host} was refused - did you specify the right host or port?`;
}

async function run(verb: string, words: readonly string[], request: KubectlCall): Promise<Outcome> {
  switch (verb) {
    case 'get':
      return request.options.has('raw') ? getRaw(request) : getObjects(words, request);
    case 'apply':
      return apply(request);
    case 'wait':
      return waitFor(words, request);
    default:
      return failWith(1, `error: unknown command "${verb}" for "kubectl"`);
  }
}

async function getRaw({ client, options }: KubectlCall): Promise<Outcome> {
  const { status, text } = await client.send({ path: options.value('raw') ?? '/' });
  return status < 400 ? succeed(text) : failWith(1, `Error from server: ${messageOf(text)}`);
}

/** `KIND`, `KIND NAME` and `KIND/NAME`. */
async function getObjects(words: readonly string[], request: KubectlCall): Promise<Outcome> {
  const { client, options, namespace } = request;
  const [kind = '', name = ''] = words.flatMap((word) => word.split('/'));
  const resource = await findResource(client, kind);
  const query = selection(options);
  const folder = options.has('A')
    ? `${resource.base}/${resource.plural}`
    : objectPath(resource, namespace, name);
  const { status, text } = await client.send({ path: folder + query });
  if (status === 404 && options.has('ignore-not-found')) return succeed();
  if (status >= 400) return failWith(1, `Error from server (${reasonOf(text)}): ${messageOf(text)}`);
  const body = JSON.parse(text) as KubeItem & { readonly items?: readonly KubeItem[] };
  const items = body.items ?? [body];
  const output = options.value('o');
  if (output === 'json') return succeed(`${text}\n`);
  const note = items.length === 0 ? 'No resources found\n' : '';
  return {
    code: 0,
    stdout: printObjects(resource, items, { output, hasHeader: !options.has('no-headers') }),
    stderr: note,
  };
}

function reasonOf(text: string): string {
  try {
    return (JSON.parse(text) as { reason?: string }).reason ?? 'Unknown';
  } catch {
    return 'Unknown';
  }
}
