/** What all parts of a scale are told. */
import type { ClusterDefinition, NodeGroup } from '../../domain/cluster-definition.js';
import type { ScaleRequest } from '../../domain/scale/scale-request.js';
import type { ScaleRun } from './scale-run.js';

export interface Scaling {
  readonly clusterUid: string;
  /** With the number of machines that the group is to have, and the groups of services. */
  readonly definition: ClusterDefinition;
  readonly group: NodeGroup;
  readonly request: ScaleRequest;
  /** The machines of the group are members of an etcd of their own. */
  readonly votes: boolean;
  readonly run: ScaleRun;
  /** Nobody is asked about its steps: one that fails for good, or is overdue, fails it. */
  readonly unattended?: true;
}
