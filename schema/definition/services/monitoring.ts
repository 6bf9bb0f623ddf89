/** `configuration` of a MONITORING service. */
import * as z from 'zod';
import { DEFAULTS } from '../defaults.js';
import { dnsLabel } from '../text.js';

export const monitoring = z
  .strictObject({
    namespace: dnsLabel(63).optional().meta({ default: DEFAULTS.monitoringNamespace }),
    nodeExporterPort: z.int().min(1024).max(65_535).optional().meta({ default: DEFAULTS.nodeExporterPort }),
  })
  .meta({ id: 'MonitoringConfiguration' });
export type MonitoringInput = z.input<typeof monitoring>;
