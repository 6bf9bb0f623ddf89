/** Logs in to all machines that are managed over SSH, each once, and reads all that is looked at there. */
import { apiNames } from '../../../domain/dns/cluster-names.js';
import { fail } from '../../../domain/errors.js';
import { isNode } from '../../../domain/plan-steps.js';
import { hasRecords, nameServerOf } from '../../../domain/services/name-server.js';
import type { SeenFacts } from '../../../domain/validation/facts.js';
import type { GuestFact } from '../../../domain/validation/facts/guest.js';
import {
  groupOf,
  guestsOf,
  type ValidatedMachine,
  type ValidationSubject,
} from '../../../domain/validation/subject.js';
import { unseen, type OfMachine } from '../../../domain/validation/verdict.js';
import { loginUser } from '../../../domain/login-user.js';
import { platformOf } from '../../../platforms/registry.js';
import type { SshConnection } from '../../ssh/connection.js';
import { withGuest, type GuestAccessOptions, type GuestTarget } from '../../ssh/guest-access.js';
import { asStdin, ROOT_SHELL } from '../../ssh/root-shell.js';
import { lookedAt } from '../looked-at.js';
import { mapLimited } from '../map-limited.js';
import { subjectOf, type ObserveRequest } from '../observe-request.js';
import { placesOf } from './certificate-places.js';
import { clockOffset } from './clock.js';
import { certificateFacts } from './read-certificates.js';
import { guestFact, sectionsOf } from './read-sections.js';
import { observeScript } from './script.js';

/** A login costs the machine a process or two, and us a key exchange. */
const MOST_AT_ONCE = 20;
const SCRIPT_TIMEOUT_MS = 45_000;
const MOST_OUTPUT_BYTES = 1024 * 1024;

export async function observeGuests(
  access: GuestAccessOptions,
  request: ObserveRequest,
  signal: AbortSignal,
): Promise<SeenFacts> {
  const subject = subjectOf(request);
  const targets = await guestTargets(access, request, guestsOf(subject));
  const scripts = { node: scriptOf(subject, true), helper: scriptOf(subject, false) };
  const guests = await mapLimited(targets, MOST_AT_ONCE, async ({ machine, target }) => {
    if (target === null) return unknownMachine(machine);
    const script = isNode(machine) ? scripts.node : scripts.helper;
    const found = await lookedAt(signal, () =>
      withGuest(access, target, signal, (connection) => readGuest(connection, { machine, script, signal })),
    );
    return { machine: machine.name, seen: found };
  });
  return { guests: { kind: 'seen', value: guests } };
}

/** How each machine is logged in to; `null` for one that the ledger does not know. */
export async function guestTargets(
  { store }: Pick<GuestAccessOptions, 'store'>,
  request: ObserveRequest,
  machines: readonly ValidatedMachine[],
): Promise<{ readonly machine: ValidatedMachine; readonly target: GuestTarget | null }[]> {
  const { clusterUid, definition } = request;
  const subject = subjectOf(request);
  const uuids = new Map((await store.machines.ofCluster(clusterUid)).map(({ name, uuid }) => [name, uuid]));
  return machines.map((machine) => {
    const machineUuid = uuids.get(machine.name);
    const group = groupOf(subject, machine);
    if (machineUuid === undefined || group === undefined) return { machine, target: null };
    const system = isNode(machine) ? platformOf(definition.type).system : 'CLOUD_INIT';
    const user = loginUser({ system }, group.template.cloudInit.user);
    return { machine, target: { clusterUid, machineUuid, address: machine.address, user } };
  });
}

function unknownMachine({ name }: ValidatedMachine): OfMachine<never> {
  return { machine: name, seen: unseen('the ledger does not know it, or the definition lacks its group') };
}

function scriptOf({ definition }: ValidationSubject, isForNodes: boolean): string {
  const { name: cluster, network, type } = definition;
  const hasNames = hasRecords(definition) || nameServerOf(definition) !== undefined;
  return observeScript({
    // Machines of services have nothing of the distribution.
    places: placesOf(isForNodes ? type : 'TALOS'),
    names: hasNames ? apiNames({ cluster, domain: network.domain }) : [],
  });
}

async function readGuest(
  connection: SshConnection,
  {
    machine,
    script,
    signal,
  }: { readonly machine: ValidatedMachine; readonly script: string; readonly signal: AbortSignal },
): Promise<GuestFact> {
  const clockOffsetMs = await clockOffset(connection, signal);
  const { code, stdout, stderr, isTruncated } = await connection.run(ROOT_SHELL, {
    stdin: asStdin(script),
    timeoutMs: SCRIPT_TIMEOUT_MS,
    signal,
    outputLimitBytes: MOST_OUTPUT_BYTES,
  });
  if (code !== 0)
    throw fail('COMMAND_FAILED', `it cannot be looked at as root: ${stderr.trim().slice(0, 300)}`);
  if (isTruncated) throw fail('COMMAND_FAILED', 'it says more than can be read');
  const sections = sectionsOf(stdout);
  const certificates = sections.get('certificates');
  return {
    ...guestFact(sections, machine.address),
    clockOffsetMs,
    certificates: certificates === undefined ? null : certificateFacts(certificates),
  };
}
