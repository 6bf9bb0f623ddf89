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
export { backup, backupList, backupPolicy, type BackupView } from './responses/backup.js';
export { vmBackup, vmBackupList, type VmBackupView } from './responses/vm-backup.js';
export {
  clusterHealth,
  healthCheck,
  healthPolicy,
  type ClusterHealthView,
  type HealthCheckView,
} from './responses/health.js';
export { certificate, certificateList, type CertificateListView } from './responses/certificates.js';
export { addressConflict, addressConflictList } from './responses/address-conflict.js';
export {
  catalogueImage,
  catalogueImageList,
  type CatalogueImageListView,
  type CatalogueImageView,
} from './responses/image.js';
export {
  orphan,
  orphanRemoval,
  orphanReport,
  sweepAccepted,
  type OrphanReportView,
  type SweepAcceptedView,
} from './responses/orphans.js';
export {
  accepted,
  operation,
  operationList,
  type AcceptedView,
  type OperationListView,
  type OperationView,
} from './responses/operation.js';
export { plan, planAnswer, type PlanAnswerView } from './responses/plan.js';
export { preflightAnswer, type PreflightAnswerView } from './responses/preflight.js';
export { scrapeTargetList } from './responses/scrape-targets.js';
export { errorCode, problemDetails } from './responses/problem.js';
export {
  checkResult,
  validation,
  validationAccepted,
  validationList,
  validationSummary,
  type ValidationAcceptedView,
  type ValidationListView,
  type ValidationSummaryView,
  type ValidationView,
} from './responses/validation.js';
export { health } from './responses/service.js';
export {
  drainAccepted,
  drainPlan,
  host,
  hostDrain,
  hostList,
  protection,
  removalCertificate,
  removalList,
  type HostResponse,
} from './responses/host.js';
