/** `configuration` of a MONITORING service. */
import * as z from 'zod';
import { DEFAULTS } from '../defaults.js';
import { dnsLabel } from '../text.js';

export const monitoring = z
  .strictObject({
    namespace: dnsLabel(63).optional().meta({ default: DEFAULTS.monitoringNamespace }),
    kubeStateMetricsPort: z.int().min(30_000).max(32_767).optional().meta({
      default: DEFAULTS.kubeStateMetricsPort,
      description: 'Of every node, for what is outside of the cluster',
    }),
    nodeExporterPort: z.int().min(1024).max(65_535).optional().meta({ default: DEFAULTS.nodeExporterPort }),
  })
  .meta({ id: 'MonitoringConfiguration' });
export type MonitoringInput = z.input<typeof monitoring>;
