/** The network part of a definition. Where addresses lie to one another is checked by the files of `rules/`. */
import * as z from 'zod';
import { EGRESSES, NETWORK_ISOLATIONS } from '../../domain/cluster-definition.js';
import { parseAddress } from '../../domain/network/address.js';
import { parseCidr } from '../../domain/network/cidr.js';
import { parseRange } from '../../domain/network/range.js';
import { MAX_VLAN } from '../../domain/network/vlan.js';
import { attachedBridge } from './bridge.js';
import { DEFAULTS } from './defaults.js';
import { firewallRules } from './firewall.js';
import { judged } from './judged.js';
import { dnsLabel, domainName, text } from './text.js';

const MAX_VIRTUAL_ADDRESSES = 16;

export const vlanTag = z.int().min(1).max(MAX_VLAN);

/** IPv6 needs 1280; Proxmox VE takes 65520. */
export const mtu = z.int().min(1280).max(65_520);

export const ipAddress = text(45)
  .refine((value) => parseAddress(value) !== undefined, 'must be an IPv4 or IPv6 address')
  .meta({ examples: ['10.1.107.1'] });

export const subnet = judged(50, parseCidr).meta({ examples: ['10.1.107.0/24'] });

export const addressRange = judged(91, parseRange);

const virtualAddress = z
  .strictObject({
    name: dnsLabel(40).meta({ examples: ['api'] }),
    address: ipAddress
      .nullable()
      .optional()
      .meta({ description: 'Outside of ipRange; null takes the next free one of it' }),
  })
  .meta({ id: 'VirtualAddress' });

export const network = z
  .strictObject({
    isolation: z.enum(NETWORK_ISOLATIONS).optional().meta({ default: DEFAULTS.isolation }),
    privateVLAN: vlanTag
      .nullable()
      .optional()
      .meta({ description: 'VLAN tag of the machines; needed where isolation is VLAN' }),
    publicAccess: z.boolean().optional().meta({ default: DEFAULTS.publicAccess }),
    bridge: attachedBridge.optional().meta({
      description: 'Linux bridge on the Proxmox hosts; vmbr0.107 means VLAN 107 of vmbr0',
      examples: ['vmbr0', 'vmbr0.107'],
    }),
    cidr: subnet.optional().meta({ description: "The machines' subnet" }),
    gateway: ipAddress.nullable().optional().meta({
      description: 'null: the machines have no default route, or one over another machine (egress)',
    }),
    egress: z
      .enum(EGRESSES)
      .optional()
      .meta({
        description:
          'How machines reach what lies outside of their subnet. GATEWAY, the default with a gateway; NONE, the default ' +
          'without; BASTION: a machine of the BASTION group with an interface of its own translates for them; ' +
          'LOAD_BALANCER: the load balancer does.',
      }),
    ipRange: addressRange.optional().meta({
      description: 'Where machine addresses are leased from; needed with a cidr of your own',
      examples: ['10.1.107.100-150', '10.1.107.100-10.1.107.150'],
    }),
    nameservers: z.array(ipAddress).max(3).optional(),
    domain: domainName.optional(),
    mtu: mtu.nullable().optional(),
    podCidr: subnet.optional().meta({ description: '10.42.0.0/16 for K3S, 10.244.0.0/16 for the others' }),
    serviceCidr: subnet.optional().meta({ description: '10.43.0.0/16 for K3S, 10.96.0.0/12 for the others' }),
    virtualAddresses: z
      .array(virtualAddress)
      .max(MAX_VIRTUAL_ADDRESSES)
      .optional()
      .meta({ description: 'Addresses that no machine has for itself, leased like those of machines' }),
    firewall: firewallRules
      .nullable()
      .optional()
      .meta({
        default: null,
        description:
          'Rules that the firewall of Proxmox VE enforces before each machine; null leaves it off, [] lets in no more than ' +
          'the cluster needs. What no rule matches is dropped inwards and let out. Before these rules everything from cidr ' +
          'and podCidr is let in, which none of them can forbid; after them SSH (22), the Kubernetes API (6443) of ' +
          'control planes and ICMP from anywhere, which they can narrow.',
      }),
  })
  .meta({ id: 'Network', description: "What is left out comes from the service's own default network." });
