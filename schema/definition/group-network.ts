/** The network part of a node group. What the fields must agree on is checked by `rules/interfaces.ts`. */
import * as z from 'zod';
import { attachedBridge } from './bridge.js';
import { firewallRules } from './firewall.js';
import { addressRange, ipAddress, mtu, subnet, vlanTag } from './network.js';
import { text } from './text.js';

/** With the one in the cluster's network they are as many as most guests name without surprises. */
const MAX_INTERFACES = 7;

/** Names that Linux, CNI plugins and we ourselves give to interfaces. */
const TAKEN =
  /^(?:lo|primary|(?:eth|ens|enp|eno|enx|veth|cni|docker|flannel|cali|kube|wg|tun|tap|br|bond|dummy)[0-9-].*)$/;

/** Linux allows interface names 15 characters. */
const interfaceName = text(15)
  .regex(
    /^[a-z](?:[a-z0-9-]*[a-z0-9])?$/,
    'must be lower-case letters, digits and hyphens, with a letter first and no hyphen last',
  )
  .refine((name) => !TAKEN.test(name), 'is a name that the machine may give to another interface');

const groupInterface = z
  .strictObject({
    name: interfaceName.meta({ description: 'What the machine calls it', examples: ['public'] }),
    bridge: attachedBridge.meta({ description: 'Linux bridge on the Proxmox hosts, or one of its VLANs' }),
    privateVLAN: vlanTag.nullable().optional().meta({ description: 'VLAN tag; null leaves frames untagged' }),
    cidr: subnet.nullable().optional().meta({ description: 'null: the interface has no address' }),
    ipRange: addressRange
      .nullable()
      .optional()
      .meta({ description: 'Where its addresses are leased from; needed with a cidr' }),
    gateway: ipAddress.nullable().optional().meta({
      description: "The machine's default route; the cluster's network must have no gateway then",
    }),
    mtu: mtu.nullable().optional(),
  })
  .meta({ id: 'NodeGroupInterface' });

export const groupNetwork = z
  .strictObject({
    bridge: attachedBridge.nullable().optional(),
    privateVLAN: vlanTag.nullable().optional(),
    interfaces: z.array(groupInterface).max(MAX_INTERFACES).optional().meta({
      description: "Interfaces beside the one in the cluster's network, in the order of their devices",
    }),
    firewall: firewallRules.optional().meta({
      description: "Rules behind those of the cluster's network; ignored where that has no firewall",
    }),
  })
  .meta({ id: 'NodeGroupNetwork', description: "Differences from the cluster's network." });
