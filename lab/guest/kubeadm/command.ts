/** `kubeadm`: https://kubernetes.io/docs/reference/setup-tools/kubeadm */
import {
  failWith,
  succeed,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions, valued, type ParsedOptions } from '../shell/options.js';
import { Administrator } from './admin.js';
import {
  findToken,
  isExpired,
  listTokens,
  newToken,
  putToken,
  splitToken,
  type KnownToken,
} from './bootstrap-tokens.js';
import { readDocuments, type Documents } from './documents.js';
import { KubeadmFailure } from './failure.js';
import { ADMIN_CONF, fileText, minorOf, versionOf } from './host.js';
import { init, initBootstrapToken, initUploadCertificates } from './init.js';
import { join } from './join.js';
import { reset } from './reset.js';
import { imagesOf } from './static-pods.js';
import { upgradeApply, upgradeNode } from './upgrade.js';

type Verb = (options: ParsedOptions, call: CommandCall, rest: readonly string[]) => Promise<Outcome>;

const OPTIONS = [
  ...[valued('config'), valued('kubeconfig'), valued('skip-phases'), valued('ttl'), valued('description')],
  ...[flag('skip-token-print'), flag('skip-certificate-key-print'), flag('upload-certs'), flag('f', 'force')],
  ...[valued('o', 'output'), flag('print-join-command'), flag('y', 'yes')],
];

/** https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-init-phase */
const PHASES = {
  init: [
    ...['preflight', 'kubelet-start', 'certs', 'kubeconfig', 'etcd', 'control-plane', 'wait-control-plane'],
    ...[
      'upload-config',
      'upload-certs',
      'mark-control-plane',
      'bootstrap-token',
      'kubelet-finalize',
      'addon',
    ],
  ],
  join: [
    ...['preflight', 'control-plane-prepare', 'check-etcd', 'kubelet-start', 'control-plane-join'],
    'wait-control-plane',
  ],
} as const;

const VERBS: Readonly<Record<string, Verb>> = {
  version: async (_options, { system }) => succeed(`${versionOf(system.disk, 'kubeadm')}\n`),
  init: async (options, call) => {
    const skipped = skippedPhases(options, 'init');
    await init(call, documentsOf(options, call), {
      skipped,
      uploadsCertificates: options.has('upload-certs'),
    });
    return succeed('Your Kubernetes control-plane has initialized successfully!\n');
  },
  'init phase bootstrap-token': async (options, call) => {
    await initBootstrapToken(call, documentsOf(options, call), options.value('kubeconfig') ?? ADMIN_CONF);
    return succeed();
  },
  'init phase upload-certs': async (options, call) => {
    if (!options.has('upload-certs'))
      return succeed('[upload-certs] Skipping phase. Please see --upload-certs\n');
    await initUploadCertificates(call, documentsOf(options, call), options.value('kubeconfig') ?? ADMIN_CONF);
    return succeed(
      '[upload-certs] Storing the certificates in Secret "kubeadm-certs" in the "kube-system" Namespace\n',
    );
  },
  join: async (options, call) => {
    await join(call, documentsOf(options, call), skippedPhases(options, 'join'));
    return succeed('This node has joined the cluster\n');
  },
  reset: async (options, call) => {
    if (!options.has('f'))
      throw new KubeadmFailure(
        "error execution phase preflight: won't proceed; the user didn't answer (Y|y) in order to continue",
      );
    await reset(call);
    return succeed();
  },
  'upgrade apply': async (options, call, [version]) => {
    if (version === undefined)
      throw new KubeadmFailure('missing one or more required arguments. Required arguments: [version]');
    await upgradeApply(call, version, options.has('y'));
    return succeed(`[upgrade] SUCCESS! A control plane node of your cluster was upgraded to "${version}".\n`);
  },
  'upgrade node': async (_options, call) => {
    await upgradeNode(call);
    return succeed('[upgrade] The configuration for this node was successfully upgraded!\n');
  },
  'config images list': async (options, call) => {
    const { cluster = {} } = documentsOf(options, call);
    const version = cluster.kubernetesVersion ?? versionOf(call.system.disk, 'kubeadm');
    return succeed(
      imagesOf(cluster, version)
        .map((image) => `${image}\n`)
        .join(''),
    );
  },
  'config validate': async (options, call) => {
    documentsOf(options, call);
    return succeed('ok\n');
  },
  'token create': async (options, call, [token = newToken()]) => {
    const description = options.value('description');
    const admin = Administrator.of(call, options.value('kubeconfig') ?? ADMIN_CONF);
    const { id } = splitToken(token);
    if ((await findToken(admin, id)) !== undefined)
      throw new KubeadmFailure(`a token with id "${id}" already exists`);
    const text = {
      token,
      ttl: options.value('ttl') ?? '24h',
      ...(description === undefined ? {} : { description }),
    };
    await putToken(admin, text);
    return succeed(`${token}\n`);
  },
  'token list': async (options, call) => {
    const admin = Administrator.of(call, options.value('kubeconfig') ?? ADMIN_CONF);
    const rows = (await listTokens(admin)).map(tokenRow);
    const header = ['TOKEN', 'TTL', 'EXPIRES', 'USAGES', 'DESCRIPTION', 'EXTRA GROUPS'];
    return succeed([header, ...rows].map((row) => `${row.join('   ')}\n`).join(''));
  },
};

export const kubeadm: GuestCommand = {
  name: 'kubeadm',
  run: async (args, call) => {
    const options = parseOptions(args, { declared: OPTIONS });
    const words = options.operands;
    const name = [3, 2, 1]
      .map((count) => words.slice(0, count).join(' '))
      .find((each) => Object.hasOwn(VERBS, each));
    const verb = name === undefined ? undefined : VERBS[name];
    if (name === undefined || verb === undefined)
      return failWith(1, `error: unknown command "${words.join(' ')}" for "kubeadm"`);
    if (call.account.uid !== 0 && name !== 'version' && name !== 'config validate')
      return failWith(
        1,
        'error execution phase preflight: [preflight] Some fatal errors occurred:\n\t[ERROR IsPrivilegedUser]: user is not running as root',
      );
    try {
      return await verb(options, call, words.slice(name.split(' ').length));
    } catch (error) {
      if (!(error instanceof KubeadmFailure)) throw error;
      const text = error.message.startsWith('error') ? error.message : `error: ${error.message}`;
      return failWith(
        error.code,
        `${text}\nTo see the stack trace of this error execute with --v=5 or higher`,
      );
    }
  },
};

function documentsOf(options: ParsedOptions, { system, path }: CommandCall): Documents {
  const file = options.value('config');
  if (file === undefined) throw new KubeadmFailure('the --config flag is mandatory');
  const text = fileText(system.disk, path(file));
  return readDocuments(text, minorOf(versionOf(system.disk, 'kubeadm')));
}

function skippedPhases(options: ParsedOptions, verb: keyof typeof PHASES): readonly string[] {
  const wanted = (options.value('skip-phases') ?? '').split(',').filter((name) => name !== '');
  const known: readonly string[] = PHASES[verb];
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new KubeadmFailure(`invalid phase name: ${unknown}`);
  return wanted;
}

function tokenRow(token: KnownToken): string[] {
  const hours =
    token.expires === undefined ? undefined : Math.floor((token.expires - Date.now()) / 3_600_000);
  return [
    `${token.id}.${token.secret}`,
    hours === undefined ? '<forever>' : isExpired(token) ? '<invalid>' : `${hours}h`,
    token.expires === undefined ? '<never>' : new Date(token.expires).toISOString(),
    token.usages.join(',') || '<none>',
    token.description || '<none>',
    token.groups || '<none>',
  ];
}
