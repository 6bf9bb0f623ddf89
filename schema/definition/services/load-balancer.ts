/** `configuration` of a LOAD_BALANCER. What its fields must agree on is checked by `rules/load-balancer.ts`. */
import * as z from 'zod';
import { BALANCED_SERVICES, LOAD_BALANCER_KINDS } from '../../../domain/services/configuration.js';
import { attachedBridge } from '../bridge.js';
import { DEFAULTS } from '../defaults.js';
import { addressRange, ipAddress, subnet, vlanTag } from '../network.js';
import { machinePair } from './machines.js';

const publicAddress = ipAddress.nullable().optional().meta({
  description: 'What clients use; null takes the next free one of the range',
});

const publicSide = z
  .strictObject({
    bridge: attachedBridge,
    vlan: vlanTag.nullable().optional(),
    cidr: subnet.optional(),
    ipRange: addressRange.optional(),
    gateway: ipAddress.nullable().optional(),
    address: publicAddress,
  })
  .meta({
    id: 'PublicSide',
    description: 'The same as publicInterface, publicCidr and so on, in the words of a resolved definition',
  });
export type PublicSideInput = z.input<typeof publicSide>;

export const loadBalancer = z
  .strictObject({
    kind: z
      .enum(LOAD_BALANCER_KINDS)
      .optional()
      .meta({
        default: DEFAULTS.loadBalancerKind,
        description:
          'HAPROXY: machines of its own. KUBE_VIP: an address that the control-plane machines keep among themselves. ' +
          'EXTERNAL: one that is there already.',
      }),
    machines: machinePair.nullable().optional().meta({ description: 'Only of HAPROXY' }),
    services: z.array(z.enum(BALANCED_SERVICES)).min(1).max(BALANCED_SERVICES.length).optional().meta({
      description:
        'What is forwarded. By default api; for RKE2 also rke2, for TALOS talos, for OKD ingress and machine-config',
    }),
    address: ipAddress.nullable().optional().meta({
      description:
        "In the cluster's network, outside of ipRange: needed for EXTERNAL; null takes the next free one of ipRange",
    }),
    privateInterface: attachedBridge.optional().meta({
      description: "Bridge and VLAN of the cluster's network, to be sure of it",
      examples: ['vmbr0.107'],
    }),
    dualHomed: z.boolean().optional().meta({
      description: 'Whether it has an interface for its clients; by default where publicInterface says which',
    }),
    publicInterface: attachedBridge.optional().meta({ examples: ['vmbr0.3'] }),
    publicCidr: subnet.optional().meta({ description: 'By default PUBLIC_CIDR' }),
    publicIpRange: addressRange.optional().meta({ description: 'By default PUBLIC_IP_RANGE' }),
    publicGateway: ipAddress.nullable().optional().meta({ description: 'By default PUBLIC_GATEWAY' }),
    publicAddress,
    publicSide: publicSide.nullable().optional(),
  })
  .meta({ id: 'LoadBalancerConfiguration' });
export type LoadBalancerInput = z.input<typeof loadBalancer>;
