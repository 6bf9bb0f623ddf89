/** The network part of a definition. Where addresses lie to one another is checked by `rules/network.ts`. */
import * as z from 'zod';
import { NETWORK_ISOLATIONS } from '../../domain/cluster-definition.js';
import { parseAddress } from '../../domain/network/address.js';
import { parseCidr } from '../../domain/network/cidr.js';
import { parseRange } from '../../domain/network/range.js';
import { DEFAULTS } from './defaults.js';
import { bridgeName, domainName, text } from './text.js';

export const vlanTag = z.int().min(1).max(4094);

export const ipAddress = text(45)
  .refine((value) => parseAddress(value) !== undefined, 'must be an IPv4 or IPv6 address')
  .meta({ examples: ['10.1.107.1'] });

export const subnet = judged(50, parseCidr).meta({ examples: ['10.1.107.0/24'] });

export const addressRange = judged(91, parseRange);

export const network = z
  .strictObject({
    isolation: z.enum(NETWORK_ISOLATIONS).optional().meta({ default: DEFAULTS.isolation }),
    privateVLAN: vlanTag
      .nullable()
      .optional()
      .meta({ description: 'VLAN tag of the machines; needed where isolation is VLAN' }),
    publicAccess: z.boolean().optional().meta({ default: DEFAULTS.publicAccess }),
    bridge: bridgeName
      .optional()
      .meta({ description: 'Linux bridge on the Proxmox hosts', examples: ['vmbr0'] }),
    cidr: subnet.optional().meta({ description: "The machines' subnet" }),
    gateway: ipAddress
      .nullable()
      .optional()
      .meta({ description: 'null: the machines have no default route' }),
    ipRange: addressRange.optional().meta({
      description: 'Where machine addresses are leased from; needed with a cidr of your own',
      examples: ['10.1.107.100-150', '10.1.107.100-10.1.107.150'],
    }),
    nameservers: z.array(ipAddress).max(3).optional(),
    domain: domainName.optional(),
    mtu: z.int().min(1280).max(65_520).nullable().optional(),
    podCidr: subnet.optional().meta({ description: '10.42.0.0/16 for K3S, 10.244.0.0/16 for the others' }),
    serviceCidr: subnet.optional().meta({ description: '10.43.0.0/16 for K3S, 10.96.0.0/12 for the others' }),
  })
  .meta({ id: 'Network', description: "What is left out comes from the service's own default network." });

/** A text that a parser of the domain reads; the parser's objection becomes the fault. */
function judged(maxLength: number, parse: (text: string) => object | string): z.ZodString {
  return text(maxLength).check((context) => {
    const result = parse(context.value);
    if (typeof result !== 'string') return;
    context.issues.push({ code: 'custom', message: result, input: context.value });
  });
}
