/** `configuration` of a DNS service. What its fields must agree on is checked by `rules/dns.ts`. */
import * as z from 'zod';
import { DNS_KINDS, TSIG_ALGORITHMS } from '../../../domain/services/configuration.js';
import { DEFAULTS } from '../defaults.js';
import { ipAddress } from '../network.js';
import { domainName } from '../text.js';
import { loneMachine } from './machines.js';

const server = z
  .strictObject({
    address: ipAddress,
    port: z.int().min(1).max(65_535).optional().meta({ default: DEFAULTS.dnsPort }),
    zone: domainName.optional().meta({
      description: "Where the records go; by default the domain of the cluster's network",
      examples: ['lab.internal'],
    }),
    keyName: domainName.meta({
      description: 'As the server calls the TSIG key',
      examples: ['clusterwright'],
    }),
    keyAlgorithm: z.enum(TSIG_ALGORITHMS).optional().meta({ default: DEFAULTS.keyAlgorithm }),
    keySecret: domainName.optional().meta({
      description: "Name of the key in DNS_KEYS; by default the key's own",
    }),
    ttlSeconds: z.int().min(1).max(86_400).optional().meta({ default: DEFAULTS.ttlSeconds }),
  })
  .meta({ id: 'DnsServer', description: 'A server that takes updates by RFC 2136, signed with a TSIG key' });

export const dns = z
  .strictObject({
    kind: z.enum(DNS_KINDS).optional().meta({
      default: DEFAULTS.dnsKind,
      description: 'DNSMASQ: on a machine of its own. RFC2136: records in a server that is there already.',
    }),
    machines: loneMachine.nullable().optional().meta({ description: 'Only of DNSMASQ' }),
    server: server.nullable().optional().meta({ description: 'Needed for RFC2136, and only for it' }),
  })
  .meta({ id: 'DnsConfiguration' });
export type DnsInput = z.input<typeof dns>;
