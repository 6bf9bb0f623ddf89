/** The calls of `machine.MachineService` that we make: their names on the wire, and what goes there and back. */
import {
  ALARM_LIST_RESPONSE,
  APPLY_REQUEST,
  APPLY_RESPONSE,
  BOOTSTRAP_REQUEST,
  BOOTSTRAP_RESPONSE,
  DATA,
  EMPTY,
  ETCD_STATUS_RESPONSE,
  FORFEIT_RESPONSE,
  MEMBER_LIST_REQUEST,
  MEMBER_LIST_RESPONSE,
  REMOVE_MEMBER_REQUEST,
  REMOVE_MEMBER_RESPONSE,
  SERVICE_LIST_RESPONSE,
  UPGRADE_REQUEST,
  UPGRADE_RESPONSE,
  VERSION_RESPONSE,
  type Codec,
} from './messages.js';

export interface Method<Request, Response> {
  readonly path: string;
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
}

function method<Request, Response>(
  name: string,
  request: Codec<Request>,
  response: Codec<Response>,
): Method<Request, Response> {
  return { path: `/machine.MachineService/${name}`, request, response };
}

export const METHODS = {
  version: method('Version', EMPTY, VERSION_RESPONSE),
  applyConfiguration: method('ApplyConfiguration', APPLY_REQUEST, APPLY_RESPONSE),
  bootstrap: method('Bootstrap', BOOTSTRAP_REQUEST, BOOTSTRAP_RESPONSE),
  upgrade: method('Upgrade', UPGRADE_REQUEST, UPGRADE_RESPONSE),
  serviceList: method('ServiceList', EMPTY, SERVICE_LIST_RESPONSE),
  etcdMemberList: method('EtcdMemberList', MEMBER_LIST_REQUEST, MEMBER_LIST_RESPONSE),
  etcdStatus: method('EtcdStatus', EMPTY, ETCD_STATUS_RESPONSE),
  etcdAlarmList: method('EtcdAlarmList', EMPTY, ALARM_LIST_RESPONSE),
  etcdRemoveMemberById: method('EtcdRemoveMemberByID', REMOVE_MEMBER_REQUEST, REMOVE_MEMBER_RESPONSE),
  etcdForfeitLeadership: method('EtcdForfeitLeadership', EMPTY, FORFEIT_RESPONSE),
  /** Answers in pieces. */
  kubeconfig: method('Kubeconfig', EMPTY, DATA),
  /** Answers in pieces, and for as long as it takes. */
  etcdSnapshot: method('EtcdSnapshot', EMPTY, DATA),
} as const;
