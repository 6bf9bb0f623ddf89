/** The shape of a definition as an operator writes it: every field by itself. */
import * as z from 'zod';
import { BOOT_METHODS, CLUSTER_TYPES, FAILURE_POLICIES } from '../../domain/cluster-definition.js';
import { DEFAULTS } from './defaults.js';
import { network } from './network.js';
import { nodeGroup } from './node-group.js';
import { security, validation } from './run.js';
import { service } from './service.js';
import { dnsLabel, text } from './text.js';

export const definitionShape = z
  .strictObject({
    name: dnsLabel(40).meta({ description: 'Unique among the clusters', examples: ['k3s-edge'] }),
    type: z.enum(CLUSTER_TYPES),
    version: text(64).meta({
      description:
        'As the distribution writes it: v1.32.0+k3s1, v1.32.0+rke2r1, v1.9.1 (Talos), 4.19.0 (OKD), v1.32.0',
      examples: ['v1.32.0+k3s1'],
    }),
    bootMethod: z.enum(BOOT_METHODS).optional().meta({ default: DEFAULTS.bootMethod }),
    network: network.optional(),
    nodeGroups: z.array(nodeGroup).min(1).max(50),
    services: z.array(service).max(50).optional(),
    security: security.optional(),
    validation: validation.optional(),
    platformConfig: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'Settings that only this distribution knows' }),
    onFailure: z.enum(FAILURE_POLICIES).optional().meta({
      description: 'Whether the machines of a failed run are removed or kept for inspection',
      default: DEFAULTS.onFailure,
    }),
    deadlineMinutes: z.int().min(1).max(10_080).nullable().optional().meta({
      description: 'Hard limit for the cluster to become READY; null waits as long as it takes',
      default: null,
    }),
    protected: z.boolean().optional().meta({
      description: 'Whether the cluster is removed only where its name is said once more',
      default: false,
    }),
  })
  .meta({
    id: 'ClusterDefinition',
    description: 'A Kubernetes cluster to be made on Proxmox VE',
    examples: [
      {
        name: 'k3s-edge',
        type: 'K3S',
        version: 'v1.32.0+k3s1',
        nodeGroups: [
          {
            name: 'server',
            role: 'CONTROL_PLANE',
            count: 1,
            template: { imageSource: 'local-zfs:9001/ubuntu-24.04-template' },
          },
        ],
      },
    ],
  });
export type DefinitionInput = z.input<typeof definitionShape>;
