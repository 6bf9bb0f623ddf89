/** What the gateway's answers say of one machine's etcd. Its JSON leaves fields out that are zero, empty or false. */
import type { EtcdReading, ListedMember } from '../../domain/etcd/reading.js';
import type { EtcdAlarm } from '../../domain/etcd/status.js';
import { UNKNOWN_ALARMS } from './driver.js';
import type { GatewayAnswer, GatewayCall } from './gateway-script.js';

/** A full database is told of by its alarm: it does not stop a member from being one. */
const HEALTH_PATH = '/health?exclude=NOSPACE';

export const READING_CALLS: readonly GatewayCall[] = [
  { id: 'status', path: '/v3/maintenance/status', body: {} },
  { id: 'health', path: HEALTH_PATH, body: null },
  { id: 'agreed', path: '/v3/cluster/member/list', body: { linearizable: true } },
  { id: 'own', path: '/v3/cluster/member/list', body: {} },
  { id: 'alarms', path: '/v3/maintenance/alarm', body: { action: 'GET' } },
];

const OK = 200;
const NOBODY = '0';

interface StatusBody {
  readonly header?: { readonly member_id?: string; readonly revision?: string };
  readonly dbSize?: string;
  readonly leader?: string;
  readonly raftAppliedIndex?: string;
  readonly isLearner?: boolean;
  readonly errors?: readonly string[];
}

interface MembersBody {
  readonly members?: readonly {
    readonly ID?: string;
    readonly name?: string;
    readonly peerURLs?: readonly string[];
    readonly isLearner?: boolean;
  }[];
}

interface AlarmsBody {
  readonly alarms?: readonly { readonly memberID?: string; readonly alarm?: string }[];
}

export function gatewayReading(answers: ReadonlyMap<string, GatewayAnswer>): EtcdReading {
  const status = answers.get('status');
  if (status?.status !== OK)
    return { kind: 'silent', reason: `etcd does not tell its status: ${saidBy(status)}` };
  const { header = {}, leader = NOBODY, raftAppliedIndex, dbSize, errors = [] } = status.body as StatusBody;
  const { isLearner = false } = status.body as StatusBody;
  const agreed = listIn(answers.get('agreed'));
  return {
    kind: 'answered',
    memberId: header.member_id ?? NOBODY,
    leaderId: leader === NOBODY ? null : leader,
    appliedIndex: Number(raftAppliedIndex ?? 0),
    databaseBytes: Number(dbSize ?? 0),
    revision: Number(header.revision ?? 0),
    problem:
      problemIn(errors, answers.get('health')) ??
      (isLearner || answers.get('alarms')?.status === OK ? null : UNKNOWN_ALARMS),
    members: agreed.length > 0 ? agreed : listIn(answers.get('own')),
    isAgreed: agreed.length > 0,
    alarms: alarmsIn(answers.get('alarms')),
  };
}

/** In its own words, for people. */
export function saidBy(answer: GatewayAnswer | undefined): string {
  if (answer === undefined || answer.status === 0) return 'no answer';
  const { message, reason } = (answer.body ?? {}) as { message?: unknown; reason?: unknown };
  const words = [message, reason].find((each) => typeof each === 'string' && each !== '');
  return typeof words === 'string' ? words : `HTTP ${answer.status}`;
}

function problemIn(errors: readonly string[], health: GatewayAnswer | undefined): string | null {
  // The alarm of a full database is among the errors, too.
  const faults = errors.filter((error) => !/NOSPACE/.test(error));
  if (faults.length > 0) return faults.join('; ');
  const isHealthy = (health?.body as { health?: unknown } | undefined)?.health;
  return isHealthy === 'true' || isHealthy === true ? null : `it is not healthy: ${saidBy(health)}`;
}

function listIn(answer: GatewayAnswer | undefined): ListedMember[] {
  if (answer?.status !== OK) return [];
  const { members = [] } = answer.body as MembersBody;
  return members.map(({ ID = NOBODY, name = '', peerURLs = [], isLearner = false }) => ({
    id: ID,
    name,
    peerUrls: peerURLs,
    isLearner,
  }));
}

function alarmsIn(answer: GatewayAnswer | undefined): EtcdAlarm[] {
  if (answer?.status !== OK) return [];
  const { alarms = [] } = answer.body as AlarmsBody;
  return alarms.map(({ memberID = NOBODY, alarm = 'NONE' }) => ({ memberId: memberID, kind: alarm }));
}
