/** What etcd answers with instead of doing it, in its own words (`etcdserver: ...`). */
import { status } from '@grpc/grpc-js';

export class EtcdRefusal extends Error {
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.name = 'EtcdRefusal';
    this.code = code;
  }
}

export const noLeader = (): EtcdRefusal => new EtcdRefusal(status.UNAVAILABLE, 'etcdserver: no leader');

export const memberNotFound = (): EtcdRefusal =>
  new EtcdRefusal(status.NOT_FOUND, 'etcdserver: member not found');

/** https://etcd.io/docs/v3.5/op-guide/runtime-configuration/#strict-reconfiguration-check-mode--strict-reconfig-check */
export const unhealthyCluster = (): EtcdRefusal =>
  new EtcdRefusal(status.UNAVAILABLE, 'etcdserver: unhealthy cluster');

export const tooFewStarted = (): EtcdRefusal =>
  new EtcdRefusal(
    status.FAILED_PRECONDITION,
    'etcdserver: re-configuration failed due to not enough started members',
  );

export const notLeader = (): EtcdRefusal =>
  new EtcdRefusal(status.FAILED_PRECONDITION, 'etcdserver: not leader');

export const badTransferee = (): EtcdRefusal =>
  new EtcdRefusal(status.FAILED_PRECONDITION, 'etcdserver: bad leader transferee');

export const notForLearners = (): EtcdRefusal =>
  new EtcdRefusal(status.UNAVAILABLE, 'etcdserver: rpc not supported for learner');
