/** Fetches what the install programme made, while it is good, and seals it. */
import { fail } from '../../domain/errors.js';
import type { GuestStep } from '../../domain/guest-step.js';
import { IGNITION_FILES, installPaths, OLDEST_BOOTED_SECONDS } from '../../platforms/okd/install-files.js';
import { ignitionFaults } from '../../schema/ignition.js';
import { publicKubeconfig } from '../../schema/kubeconfig.js';
import type { Store } from '../../store/store.js';
import { withGuest, type GuestAccessOptions, type GuestTarget } from '../ssh/guest-access.js';
import { secretsOf } from '../ssh/guest-secrets.js';
import { runStep } from '../ssh/guest-step.js';
import { readGuestFile } from '../ssh/read-guest-file.js';
import {
  certificateBudget,
  installFilesOf,
  isOlder,
  sealInstallFiles,
  type CertificateBudget,
  type InstallFiles,
} from './install-secret.js';

/** The machine that the install programme ran on is the target. */
export interface FetchIgnitionRequest extends GuestTarget {
  readonly cluster: string;
  /** Where the API will be reached, by us. */
  readonly apiAddress: string;
  /** The name that its certificate is for. */
  readonly apiName: string;
  /** UUIDs of the machines that boot from the files. */
  readonly nodes: readonly string[];
  /** Makes the files anew: it is run only while none of the machines has booted. */
  readonly renewal: GuestStep;
}

export interface FetchContext {
  readonly access: GuestAccessOptions;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

const MAX_RECORD_BYTES = 200;
const MAX_KUBECONFIG_BYTES = 256 * 1_024;
/** A bootstrap document has about 300 KB. */
const MAX_IGNITION_BYTES = 8 * 1_024 * 1_024;

/**
 * Files that are too old to be booted from are made anew first.
 * @throws `CERTIFICATES_EXPIRED_BEFORE_BOOTSTRAP` when they are, and a machine has booted from them;
 *   `STEP_NOT_VERIFIED` for files that Ignition would refuse, or that are others than machines have booted from.
 */
export async function fetchIgnition(
  request: FetchIgnitionRequest,
  context: FetchContext,
): Promise<CertificateBudget> {
  const { store } = context.access;
  const { clusterUid, nodes } = request;
  const sealed = await installFilesOf(store.secrets, clusterUid);
  const booted = await bootedMachines(store, clusterUid, nodes);
  let madeAt = await madeAtOn(request, context);
  if (isOlder({ madeAt }, OLDEST_BOOTED_SECONDS, context.now())) {
    if (booted.length > 0) {
      const { endsAt } = certificateBudget({ madeAt });
      throw fail(
        'CERTIFICATES_EXPIRED_BEFORE_BOOTSTRAP',
        `the first certificates were made at ${madeAt} and end at ${endsAt}, and ${booted.join(', ')} booted with them`,
      );
    }
    await renew(request, context);
    madeAt = await madeAtOn(request, context);
  }
  if (sealed?.madeAt === madeAt) return certificateBudget(sealed);
  if (sealed !== undefined && booted.length > 0) {
    throw fail(
      'STEP_NOT_VERIFIED',
      `the Ignition files of ${madeAt} are not those of ${sealed.madeAt}, which ${booted.join(', ')} booted with`,
    );
  }
  const files = await readFiles(request, context, madeAt);
  const kubeconfig = await read(
    request,
    context,
    installPaths(request.cluster).kubeconfig,
    MAX_KUBECONFIG_BYTES,
  );
  const { cluster, apiAddress: address, apiName: serverName } = request;
  await store.secrets.put(
    clusterUid,
    'kubeconfig',
    publicKubeconfig(kubeconfig, { cluster, address, serverName }),
  );
  // Last: with these the kubeconfig is there, too.
  await sealInstallFiles(store.secrets, clusterUid, files);
  return certificateBudget(files);
}

async function readFiles(
  request: FetchIgnitionRequest,
  context: FetchContext,
  madeAt: string,
): Promise<InstallFiles> {
  const { ignition } = installPaths(request.cluster);
  const documents: Record<string, string> = {};
  for (const name of IGNITION_FILES) {
    const text = await read(request, context, ignition(name), MAX_IGNITION_BYTES);
    const faults = ignitionFaults(text);
    if (faults.length > 0) throw fail('STEP_NOT_VERIFIED', `${name}: ${faults.slice(0, 5).join('; ')}`);
    documents[name] = text;
  }
  return { madeAt, documents: documents as InstallFiles['documents'] };
}

/** @returns ISO 8601. @throws `STEP_NOT_VERIFIED`, `COMMAND_FAILED` when nothing was made yet. */
async function madeAtOn(request: FetchIgnitionRequest, context: FetchContext): Promise<string> {
  const { record } = installPaths(request.cluster);
  const text = await read(request, context, record, MAX_RECORD_BYTES);
  const seconds = /^(\d{9,11}) [0-9a-f]{64}\n$/.exec(text)?.[1];
  if (seconds === undefined)
    throw fail('STEP_NOT_VERIFIED', `${record} does not say when the files were made`);
  return new Date(Number(seconds) * 1_000).toISOString();
}

function read(
  request: FetchIgnitionRequest,
  { access, signal }: FetchContext,
  path: string,
  maxBytes: number,
): Promise<string> {
  const { clusterUid, machineUuid, address, user } = request;
  return readGuestFile(access, { clusterUid, machineUuid, address, user, path, maxBytes, signal });
}

async function renew(request: FetchIgnitionRequest, { access, signal }: FetchContext): Promise<void> {
  const secrets = await secretsOf(access.store.secrets, request.clusterUid);
  await withGuest(access, request, signal, (connection) =>
    runStep(request.renewal, { connection, secrets, signal }),
  );
}

/** Names of those that have begun a network boot, or that somebody has logged in to. */
async function bootedMachines(
  { machines, boots }: Store,
  clusterUid: string,
  nodes: readonly string[],
): Promise<string[]> {
  const booted: string[] = [];
  for (const { uuid, name, sshHostKey } of await machines.ofCluster(clusterUid)) {
    if (!nodes.includes(uuid)) continue;
    const armed = await boots.get(uuid);
    if (sshHostKey !== null || (armed?.boots ?? 0) > 0) booted.push(name);
  }
  return booted;
}
