/** `ctr`, containerd's own client: it runs a program of an image that is there. */
import { isThere } from '../disk/root-files.js';
import {
  failWith,
  UsageError,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions, valued } from '../shell/options.js';
import { etcdctl } from '../etcd/restore-command.js';
import { CRI_SOCKET } from './command.js';
import { hasImage } from './images.js';

/** What has a namespace of its own does not see what the kubelet has pulled. */
const OF_KUBELET = 'k8s.io';
const GLOBAL = [valued('namespace', 'n')];
const OF_RUN = [flag('rm'), valued('mount')];
const MOUNT = /^type=bind,src=([^,]+),dst=([^,]+),options=rbind:rw$/;
/** Images of etcd 3.5 have this one and no `etcdutl`. */
const PROGRAMS = new Map([['etcdctl', etcdctl]]);

export const ctr: GuestCommand = {
  name: 'ctr',
  run: (args, call) => {
    const options = parseOptions(args, { declared: GLOBAL, stopsAtOperand: true });
    const [verb = '', ...rest] = options.operands;
    const objection = connectionObjection(call);
    if (objection !== undefined) return failWith(1, `ctr: failed to dial "/run/containerd": ${objection}`);
    if (verb === 'run') return run(rest, call, options.value('namespace') ?? 'default');
    const [action = '', ...names] = rest;
    // A program that runs to its end leaves nothing behind.
    const nothing = (name = ''): Outcome => failWith(1, `ctr: container "${name}": not found`);
    if (verb === 'tasks' && action === 'delete')
      return nothing(parseOptions(names, { declared: [flag('force', 'f')] }).operands[0]);
    if (verb === 'containers' && action === 'delete')
      return nothing(parseOptions(names, { declared: [] }).operands[0]);
    throw new UsageError(`No help topic for '${[verb, action].join(' ').trim()}'`);
  },
};

function connectionObjection({ account, system }: CommandCall): string | undefined {
  if (!isThere(system.disk, CRI_SOCKET)) return 'no such file or directory';
  return account.uid === 0 ? undefined : 'permission denied';
}

async function run(args: readonly string[], call: CommandCall, namespace: string): Promise<Outcome> {
  const options = parseOptions(args, { declared: OF_RUN, stopsAtOperand: true });
  const [image, id, program, ...words] = options.operands;
  if (image === undefined) return failWith(1, 'ctr: image ref must be provided');
  if (id === undefined) return failWith(1, 'ctr: container id must be provided');
  if (namespace !== OF_KUBELET || !hasImage(call.system, image))
    return failWith(1, `ctr: image "${image}": not found`);
  const folders: string[] = [];
  for (const mount of options.values('mount')) {
    const [, source = '', target = ''] = MOUNT.exec(mount) ?? [];
    // What is inside has the same path outside: the lab knows no other kind.
    if (source === '' || source !== target || !isThere(call.system.disk, source))
      return failWith(1, `ctr: failed to mount "${mount}": no such file or directory`);
    folders.push(target);
  }
  const found = program === undefined ? undefined : PROGRAMS.get(program);
  if (found === undefined || !/\/etcd:/.test(image)) {
    return failWith(
      1,
      `ctr: failed to create shim task: OCI runtime create failed: exec: "${program ?? ''}": executable file not found in $PATH`,
    );
  }
  return found(words, call, folders);
}
