/** `POST /nodes/{node}/vzdump`: which guests of a host are backed up, and who may have that done. */
import { refuseParameters } from './api-error.js';
import { hostNamed } from './cluster.js';
import type { Cluster } from './cluster.js';
import { AMOUNT, FLAG, NODE, OPTIONAL_TEXT, STORAGE } from './endpoint.js';
import type { Call, Endpoint } from './endpoint.js';
import { splitList } from './option-format.js';
import { isTemplate } from './vm-config.js';
import { backUpVms, COMPRESSIONS, keptBackups } from './vzdump.js';
import type { Compression, VzdumpMode } from './vzdump.js';

const MODES: readonly VzdumpMode[] = ['snapshot', 'suspend', 'stop'];
const ROOT_ONLY = ['tmpdir', 'dumpdir', 'script', 'job-id'];
const OF_WHOLE_HOST = ['bwlimit', 'ionice', 'performance'];
/** Where backups go that name no storage. */
const DEFAULT_STORAGE = 'local';
const LOCK_WAIT_MINUTES = 180;

export function vzdumpEndpoints(cluster: Cluster): Endpoint[] {
  return [
    {
      method: 'POST',
      path: '/nodes/{node}/vzdump',
      parameters: {
        node: NODE,
        vmid: OPTIONAL_TEXT,
        all: FLAG,
        pool: OPTIONAL_TEXT,
        exclude: OPTIONAL_TEXT,
        storage: { ...STORAGE, optional: true },
        mode: { ...OPTIONAL_TEXT, values: MODES },
        compress: { ...OPTIONAL_TEXT, values: Object.keys(COMPRESSIONS) },
        'notes-template': { ...OPTIONAL_TEXT, maxLength: 1_024, requires: 'storage' },
        protected: { ...FLAG, requires: 'storage' },
        'prune-backups': OPTIONAL_TEXT,
        remove: FLAG,
        quiet: FLAG,
        zstd: AMOUNT,
        lockwait: AMOUNT,
        stopwait: AMOUNT,
        bwlimit: AMOUNT,
        ionice: { ...AMOUNT, maximum: 8 },
        performance: OPTIONAL_TEXT,
        tmpdir: OPTIONAL_TEXT,
        dumpdir: OPTIONAL_TEXT,
        script: OPTIONAL_TEXT,
        'job-id': OPTIONAL_TEXT,
      },
      handle: (call) => vzdump(cluster, call),
    },
  ];
}

/** @returns the UPID, or `OK` where none of the guests is on this host: then nothing is done. */
function vzdump(cluster: Cluster, call: Call): string {
  const { params, session } = call;
  const node = hostNamed(cluster, params.required('node')).name;
  const storage = params.text('storage') ?? DEFAULT_STORAGE;
  checkParameters(call, storage);
  const vmids = includedGuests(cluster, node, call);
  if (vmids.length === 0) return 'OK';
  const request = {
    node,
    vmids,
    storage,
    session,
    mode: (params.text('mode') ?? 'snapshot') as VzdumpMode,
    compression: (params.text('compress') ?? '0') as Compression,
    notesTemplate: params.text('notes-template') ?? null,
    isProtected: params.flag('protected'),
    keep: params.text('remove') === '0' ? null : keptBackups(params.text('prune-backups')),
    lockWaitMinutes: params.number('lockwait') ?? LOCK_WAIT_MINUTES,
  };
  const id = vmids.length === 1 ? String(vmids[0]) : '';
  return cluster.tasks.start({ node, type: 'vzdump', id, user: session.tokenId }, (job) =>
    backUpVms(cluster, request, job),
  );
}

/** @throws ApiError 400 or 403. */
function checkParameters({ params, session }: Call, storage: string): void {
  for (const name of ROOT_ONLY) {
    if (params.text(name) !== undefined) refuseParameters({ [name]: 'Only root may set this option.' });
  }
  if (OF_WHOLE_HOST.some((name) => params.text(name) !== undefined)) session.check('/', 'Sys.Modify');
  session.check(`/storage/${storage}`, 'Datastore.AllocateSpace');
  if (params.text('prune-backups') !== undefined) session.check(`/storage/${storage}`, 'Datastore.Allocate');
  const named = ['vmid', 'all', 'pool'].filter((name) => params.text(name) !== undefined);
  if (named.length === 0) refuseParameters({ vmid: 'property is missing and it is not optional' });
  if (params.text('vmid') !== undefined && named.length > 1) {
    refuseParameters({ vmid: "option conflicts with 'all' or 'pool'" });
  }
}

/** Those on other hosts are passed over; one that does not exist fails the task later. */
function includedGuests({ world }: Cluster, node: string, { params }: Call): number[] {
  const vmids = params.text('vmid');
  if (vmids !== undefined) {
    return splitList(vmids)
      .map(Number)
      .filter((vmid) => (world.vms.get(vmid)?.node ?? node) === node)
      .sort((a, b) => a - b);
  }
  const excluded = new Set(splitList(params.text('exclude') ?? '').map(Number));
  const pool = params.text('pool');
  return [...world.vms.values()]
    .filter((vm) => vm.node === node && !isTemplate(vm) && !excluded.has(vm.vmid))
    .filter((vm) => pool === undefined || vm.pool === pool)
    .map(({ vmid }) => vmid)
    .sort((a, b) => a - b);
}
