/** Firewall rules of a definition. What their fields must agree on is checked by `rules/firewall.ts`. */
import * as z from 'zod';
import { FIREWALL_ACTIONS, FIREWALL_DIRECTIONS, FIREWALL_PROTOCOLS } from '../../domain/firewall.js';
import { MAX_PORTS, parseMatch, parsePorts } from '../../domain/network/firewall-text.js';
import { DEFAULTS } from './defaults.js';
import { judged } from './judged.js';
import { text } from './text.js';

const MAX_RULES = 128;

const matched = judged(91, parseMatch)
  .nullable()
  .optional()
  .meta({ examples: ['10.1.3.0/24', '10.1.3.7', '10.1.3.10-10.1.3.20'], description: 'null: any' });

const rule = z
  .strictObject({
    direction: z.enum(FIREWALL_DIRECTIONS).optional().meta({ default: DEFAULTS.firewallDirection }),
    action: z.enum(FIREWALL_ACTIONS),
    protocol: z.enum(FIREWALL_PROTOCOLS).optional().meta({ default: DEFAULTS.firewallProtocol }),
    ports: z
      .array(judged(11, parsePorts))
      .max(MAX_PORTS)
      .optional()
      .meta({
        description: 'Destination ports, all when empty; only for TCP and UDP',
        examples: [['443', '30000:32767']],
      }),
    source: matched,
    destination: matched,
    comment: text(128)
      // A line of Proxmox VE's own file, behind a "#".
      .regex(
        // oxlint-disable-next-line no-control-regex -- they are what is refused
        /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029#]*$/,
        'must be one line without control characters and "#"',
      )
      .refine((comment) => comment.trim() === comment, 'must not begin or end with a blank')
      .optional()
      .meta({ default: '' }),
  })
  .meta({ id: 'FirewallRule', description: 'The first rule that matches decides.' });

export const firewallRules = z.array(rule).max(MAX_RULES);
