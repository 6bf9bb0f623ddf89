/** The exporters that Prometheus scrapes: one on each node, and one for what the API knows. */
import type { ClusterType } from '../../../../domain/cluster-definition.js';
import type { MonitoringConfiguration } from '../../../../domain/services/configuration.js';
import { privilegedNamespace, type ClusterObject } from '../cluster-object.js';
import type { ImageSource } from '../images.js';
import { kubeStateMetrics } from './kube-state-metrics.js';
import { nodeExporter } from './node-exporter.js';

export interface MonitoringInput extends MonitoringConfiguration {
  readonly type: ClusterType;
  readonly images: ImageSource;
}

export function monitoringObjects(input: MonitoringInput): ClusterObject[] {
  return [privilegedNamespace(input.namespace), ...nodeExporter(input), ...kubeStateMetrics(input)];
}
