/** What etcd answers over HTTP: its health, its version, and the JSON form of its API (https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/). */
import { status } from '@grpc/grpc-js';
import { isJsonObject, type JsonObject } from '../../kubernetes/model/json.js';
import { EtcdRefusal } from './refusal.js';
import type { LabEtcd, LabEtcdMember } from './lab-etcd.js';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

export const ETCD_VERSION = '3.5.21';
const CLUSTER_ID = '14841639068965178418';
const DATABASE_BYTES = 4_194_304;

/** As the gateway turns codes of gRPC into those of HTTP. */
const HTTP_STATUS: Partial<Record<status, number>> = {
  [status.INVALID_ARGUMENT]: 400,
  [status.FAILED_PRECONDITION]: 400,
  [status.NOT_FOUND]: 404,
  [status.UNIMPLEMENTED]: 501,
  [status.UNAVAILABLE]: 503,
};

/** Whose etcd is asked. */
export interface AskedEtcd {
  readonly etcd: LabEtcd;
  /** The machine. */
  readonly node: string;
  readonly keys: () => readonly string[];
}

type Method = (etcd: LabEtcd, node: string, request: JsonObject, keys: () => readonly string[]) => JsonObject;

const METHODS: Readonly<Record<string, Method>> = {
  // Only what keys there are: values are the API's own business.
  '/v3/kv/range': (etcd, node, { key, range_end: end, limit, keys_only: keysOnly }, keys) => {
    etcd.mustServe(node);
    if (keysOnly !== true) throw new EtcdRefusal(status.UNIMPLEMENTED, 'values are not given');
    const [from, to] = [bytesOf(key), bytesOf(end)];
    const all = keys()
      .filter((each) => each >= from && each < to)
      .toSorted();
    const most = Number(limit ?? 0);
    const some = most > 0 ? all.slice(0, most) : all;
    return {
      ...headerOf(etcd, node),
      kvs: some.map((each) => ({ key: Buffer.from(each).toString('base64') })),
      ...(some.length < all.length ? { more: true } : {}),
      count: String(all.length),
    };
  },
  '/v3/cluster/member/list': (etcd, node, { linearizable }) => {
    if (linearizable === true) etcd.mustServe(node);
    else mustVote(etcd, node);
    return { ...headerOf(etcd, node), members: etcd.members().map(memberJson) };
  },
  '/v3/cluster/member/remove': (etcd, node, { ID }) => {
    etcd.removeMember(node, numberText(ID));
    return { ...headerOf(etcd, node), members: etcd.members().map(memberJson) };
  },
  '/v3/maintenance/alarm': (etcd, node) => {
    etcd.mustServe(node);
    return headerOf(etcd, node);
  },
  '/v3/maintenance/transfer-leadership': (etcd, node, { targetID }) => {
    etcd.moveLeader(node, numberText(targetID));
    return headerOf(etcd, node);
  },
  '/v3/maintenance/status': (etcd, node) => {
    const leader = etcd.leader();
    const index = String(etcd.appliedIndex());
    return {
      ...headerOf(etcd, node),
      version: ETCD_VERSION,
      dbSize: String(DATABASE_BYTES),
      ...(leader === undefined ? { errors: ['etcdserver: no leader'] } : { leader: leader.id }),
      raftIndex: index,
      raftTerm: '2',
      raftAppliedIndex: index,
      dbSizeInUse: String(DATABASE_BYTES),
      ...(etcd.of(node)?.isVoter === false ? { isLearner: true } : {}),
    };
  },
};

export function gatewayAnswer(
  { etcd, node, keys }: AskedEtcd,
  asked: { readonly method: string; readonly path: string; readonly body: string },
): HttpAnswer {
  const { method, path, body } = asked;
  if (path === '/version') return json(200, { etcdserver: ETCD_VERSION, etcdcluster: '3.5.0' });
  if (path === '/health') return health(etcd);
  const answer = METHODS[path];
  if (answer === undefined) return { status: 404, body: '404 page not found\n' };
  if (method !== 'POST') return refused(new EtcdRefusal(status.UNIMPLEMENTED, 'Method Not Allowed'));
  try {
    return json(200, answer(etcd, node, requestOf(body), keys));
  } catch (error) {
    if (error instanceof EtcdRefusal) return refused(error);
    throw error;
  }
}

function health(etcd: LabEtcd): HttpAnswer {
  return etcd.leader() === undefined
    ? json(503, { health: 'false', reason: 'RAFT NO LEADER' })
    : json(200, { health: 'true', reason: '' });
}

function mustVote(etcd: LabEtcd, node: string): void {
  if (etcd.of(node)?.isVoter === false) etcd.mustServe(node);
}

function requestOf(body: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (error) {
    throw new EtcdRefusal(status.INVALID_ARGUMENT, (error as Error).message);
  }
  if (isJsonObject(parsed)) return parsed;
  throw new EtcdRefusal(status.INVALID_ARGUMENT, 'proto: syntax error (line 1:1): unexpected token');
}

/** Bytes are base64 in JSON. */
function bytesOf(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : '', 'base64').toString();
}

/** Numbers of 64 bits are text in JSON; plain ones are taken, too. */
function numberText(value: unknown): string {
  if (typeof value === 'string' && /^\d+$/.test(value)) return value;
  if (typeof value === 'number') return String(value);
  throw new EtcdRefusal(status.INVALID_ARGUMENT, `proto: invalid value for uint64 field: ${String(value)}`);
}

function headerOf(etcd: LabEtcd, node: string): JsonObject {
  const revision = String(etcd.appliedIndex());
  return {
    header: { cluster_id: CLUSTER_ID, member_id: etcd.of(node)?.id ?? '0', revision, raft_term: '2' },
  };
}

/** Fields that are empty or false are left out. */
function memberJson({ id, name, peerUrls, clientUrls, isVoter }: LabEtcdMember): JsonObject {
  return {
    ID: id,
    name,
    peerURLs: [...peerUrls],
    clientURLs: [...clientUrls],
    ...(isVoter ? {} : { isLearner: true }),
  };
}

function refused({ code, message }: EtcdRefusal): HttpAnswer {
  return json(HTTP_STATUS[code] ?? 500, { error: message, code, message });
}

function json(httpStatus: number, body: JsonObject): HttpAnswer {
  return { status: httpStatus, body: JSON.stringify(body) };
}
