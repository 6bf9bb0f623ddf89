/** Everything that the API answers with. */
export {
  cluster,
  clusterList,
  clusterSummary,
  node,
  step,
  stepRecord,
  type ClusterListView,
  type ClusterSummaryView,
  type ClusterView,
  type StepView,
} from './responses/cluster.js';
export { accepted, operation, type AcceptedView, type OperationView } from './responses/operation.js';
export { plan, planAnswer, type PlanAnswerView } from './responses/plan.js';
export { errorCode, problemDetails } from './responses/problem.js';
export { health } from './responses/service.js';
