/** etcd of machines with SSH: each is asked for its own, through the JSON gateway of etcd. */
import type { ClusterType } from '../../domain/cluster-definition.js';
import { fail } from '../../domain/errors.js';
import type { EtcdMember } from '../../domain/etcd/status.js';
import type { CommandResult } from '../ssh/command.js';
import type { SshConnection } from '../ssh/connection.js';
import { withGuest, type GuestAccessOptions } from '../ssh/guest-access.js';
import { lastLines } from '../ssh/redaction.js';
import { asStdin, quote, ROOT_SHELL } from '../ssh/root-shell.js';
import type { EtcdDriver } from './driver.js';
import { gatewayAccess, type GatewayAccess } from './gateway-access.js';
import { gatewayReading, READING_CALLS, saidBy } from './gateway-reading.js';
import { gatewayAnswers, gatewayScript, type GatewayAnswer, type GatewayCall } from './gateway-script.js';
import type { EtcdServer } from './target.js';

export interface GatewayCluster {
  readonly clusterUid: string;
  readonly type: Exclude<ClusterType, 'TALOS'>;
}

type Shell = Pick<SshConnection, 'run'>;

const ASK_TIMEOUT_MS = 60_000;
const RETIRE_TIMEOUT_MS = 120_000;
const OK = 200;
const NOT_FOUND = 404;
const DETAIL = { lines: 3, characters: 500 };

export function gatewayDriver(
  access: GuestAccessOptions,
  { clusterUid, type }: GatewayCluster,
  signal: AbortSignal,
): EtcdDriver {
  const on = <T>(server: EtcdServer, use: (shell: Shell, gateway: GatewayAccess) => Promise<T>): Promise<T> =>
    withGuest(access, { ...server, clusterUid }, signal, (connection) =>
      use(connection, gatewayAccess(type, server.node)),
    );
  return {
    read: (server) =>
      on(server, async (shell, gateway) => {
        const outcome = await ask(shell, gateway, READING_CALLS, signal);
        return outcome.kind === 'silent' ? outcome : gatewayReading(outcome.answers);
      }),
    moveLeader: (leader, to) =>
      on(leader, async (shell, gateway) => {
        expectDone(await askOne(shell, gateway, moveCall(to), signal), leader);
      }),
    removeMember: (through, member) =>
      on(through, async (shell, gateway) => {
        const answer = await askOne(shell, gateway, removeCall(member), signal);
        // Somebody else was faster, or an earlier call of ours went through.
        if (answer.status !== NOT_FOUND) expectDone(answer, through);
      }),
    retire: (server) =>
      on(server, async (shell, { unit }) => {
        if (unit === null) return;
        const { code, stderr } = await run(shell, retireScript(unit), RETIRE_TIMEOUT_MS, signal);
        if (code !== 0) throw fail('COMMAND_FAILED', `${server.node}: ${lastLines(stderr, DETAIL)}`);
      }),
  };
}

type Asked =
  | { readonly kind: 'answered'; readonly answers: ReadonlyMap<string, GatewayAnswer> }
  | { readonly kind: 'silent'; readonly reason: string };

/** @throws what {@link SshConnection.run} throws. */
export async function ask(
  shell: Shell,
  gateway: GatewayAccess,
  calls: readonly GatewayCall[],
  signal: AbortSignal,
): Promise<Asked> {
  const { code, stdout, stderr } = await run(shell, gatewayScript(gateway, calls), ASK_TIMEOUT_MS, signal);
  if (code !== 0) return { kind: 'silent', reason: lastLines(stderr, DETAIL) || `exit code ${code}` };
  return { kind: 'answered', answers: gatewayAnswers(stdout) };
}

/** https://etcd.io/docs/v3.5/dev-guide/api_reference_v3/: a leader that is told to hand over does so before it answers. */
export function moveCall({ id }: Pick<EtcdMember, 'id'>): GatewayCall {
  return { id: 'move', path: '/v3/maintenance/transfer-leadership', body: { targetID: id } };
}

export function removeCall({ id }: Pick<EtcdMember, 'id'>): GatewayCall {
  return { id: 'remove', path: '/v3/cluster/member/remove', body: { ID: id } };
}

async function askOne(
  shell: Shell,
  gateway: GatewayAccess,
  call: GatewayCall,
  signal: AbortSignal,
): Promise<GatewayAnswer> {
  const asked = await ask(shell, gateway, [call], signal);
  if (asked.kind === 'silent') throw fail('ETCD_UNREACHABLE', asked.reason);
  return asked.answers.get(call.id) ?? { status: 0, body: null };
}

function expectDone(answer: GatewayAnswer, server: EtcdServer): void {
  if (answer.status === OK) return;
  throw fail('ETCD_REJECTED', `${server.node}: ${saidBy(answer)}`);
}

/** A server whose member was removed empties its disk when it starts again, and joins as a new one. */
function retireScript(unit: string): string {
  const name = quote(unit);
  return `systemctl disable ${name}\nsystemctl stop ${name}\n! systemctl is-active --quiet ${name}\n`;
}

function run(shell: Shell, script: string, timeoutMs: number, signal: AbortSignal): Promise<CommandResult> {
  return shell.run(ROOT_SHELL, { stdin: asStdin(script), timeoutMs, signal });
}
