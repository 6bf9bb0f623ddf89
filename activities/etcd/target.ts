/** Whose etcd is asked. */
import type { ClusterType } from '../../domain/cluster-definition.js';
import type { EtcdMachine } from '../../domain/etcd/reading.js';

/** A control-plane machine. */
export interface EtcdServer extends EtcdMachine {
  readonly machineUuid: string;
  /** That SSH logs in as; ignored where there is no SSH. */
  readonly user: string;
}

export interface EtcdTarget {
  readonly clusterUid: string;
  readonly type: ClusterType;
  /** All control-plane machines, also those that are down or that leave. */
  readonly servers: readonly EtcdServer[];
}
