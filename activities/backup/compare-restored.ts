/** Holds what the etcd of a restored machine has against the snapshot itself. */
import type { ClusterType } from '../../domain/cluster-definition.js';
import { fail } from '../../domain/errors.js';
import { compareKeys, REGISTRY } from '../../domain/restore/compare-keys.js';
import { gatewayAccess } from '../etcd/gateway-access.js';
import { saidBy } from '../etcd/gateway-reading.js';
import {
  gatewayAnswers,
  gatewayScript,
  type GatewayAnswer,
  type GatewayCall,
} from '../etcd/gateway-script.js';
import { withGuest, type GuestTarget } from '../ssh/guest-access.js';
import type { Pulse } from '../ssh/heartbeat.js';
import { lastLines } from '../ssh/redaction.js';
import { asStdin, ROOT_SHELL } from '../ssh/root-shell.js';
import type { BackupDependencies } from './dependencies.js';
import { manifestOf, readPart } from './read-part.js';
import { snapshotKeys } from './snapshot-keys.js';
import type { BackupPlace } from './verify-backup.js';

export interface CompareRestoredRequest {
  readonly place: BackupPlace;
  readonly type: Exclude<ClusterType, 'TALOS'>;
  readonly guest: GuestTarget;
  /** Name of the machine. */
  readonly node: string;
}

const PAGE_KEYS = 2_000;
/** Keys have a few hundred characters at most. */
const PAGE_BYTES = 4 * 1024 * 1024;
const ASK_MS = 60_000;
const OK = 200;
const SHOWN = 20;

/** @returns how many objects were looked for. @throws `RESTORE_INCOMPLETE` with those that are missing, `ETCD_UNREACHABLE` */
export async function compareRestored(
  dependencies: BackupDependencies,
  request: CompareRestoredRequest,
  pulse: Pulse,
): Promise<{ readonly objects: number }> {
  const { signal } = pulse;
  const { place } = request;
  const manifest = await manifestOf(dependencies, place, signal);
  const snapshot = await snapshotKeys(() =>
    readPart(dependencies, { place, manifest, part: 'etcd-snapshot', signal }),
  );
  pulse.say(`the snapshot holds ${snapshot.size} keys`);
  const { expected, missing } = compareKeys(snapshot, await restoredKeys(dependencies, request, signal));
  if (missing.length === 0) return { objects: expected };
  throw missingObjects(missing, expected);
}

export function missingObjects(missing: readonly string[], expected: number) {
  const named = missing.slice(0, SHOWN).join(', ') + (missing.length > SHOWN ? ', …' : '');
  return fail('RESTORE_INCOMPLETE', `${missing.length} of ${expected} objects are missing: ${named}`);
}

async function restoredKeys(
  { store, proxyUrl, sshPort }: BackupDependencies,
  { guest, type, node }: CompareRestoredRequest,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const access = { store, proxyUrl, ...(sshPort === undefined ? {} : { port: sshPort }) };
  const gateway = gatewayAccess(type, node);
  const keys = new Set<string>();
  await withGuest(access, guest, signal, async (connection) => {
    for (let from = Buffer.from(REGISTRY); ;) {
      const { code, stdout, stderr } = await connection.run(ROOT_SHELL, {
        stdin: asStdin(gatewayScript(gateway, [rangeCall(from)])),
        ...{ timeoutMs: ASK_MS, signal, outputLimitBytes: PAGE_BYTES },
      });
      if (code !== 0) throw fail('ETCD_UNREACHABLE', lastLines(stderr, { lines: 3, characters: 500 }));
      const { found, isMore } = keysIn(gatewayAnswers(stdout).get('range'));
      for (const key of found) keys.add(key.toString('utf8'));
      const last = found.at(-1);
      if (!isMore || last === undefined) return;
      // The least key behind it.
      from = Buffer.concat([last, Buffer.from([0])]);
    }
  });
  return keys;
}

/** https://etcd.io/docs/v3.5/dev-guide/api_reference_v3/: bytes are base64 in JSON. */
function rangeCall(from: Buffer): GatewayCall {
  const end = Buffer.from(`${REGISTRY.slice(0, -1)}0`);
  const body = {
    ...{ key: from.toString('base64'), range_end: end.toString('base64') },
    ...{ keys_only: true, limit: PAGE_KEYS, sort_target: 'KEY', sort_order: 'ASCEND' },
  };
  return { id: 'range', path: '/v3/kv/range', body };
}

function keysIn(answer: GatewayAnswer | undefined): {
  readonly found: readonly Buffer[];
  readonly isMore: boolean;
} {
  if (answer?.status !== OK) throw fail('ETCD_UNREACHABLE', `etcd does not list its keys: ${saidBy(answer)}`);
  const { kvs = [], more = false } = answer.body as {
    readonly kvs?: readonly { readonly key?: string }[];
    readonly more?: boolean;
  };
  return { found: kvs.map(({ key = '' }) => Buffer.from(key, 'base64')), isMore: more };
}
