/** Bridges as a definition writes them: by name, or with the VLAN behind a dot. */
import { MAX_VLAN, parseAttachment } from '../../domain/network/vlan.js';
import { text } from './text.js';

/** Linux allows interface names 15 characters, without the VLAN behind the dot. */
const MAX_NAME = 15;

export const attachedBridge = text(MAX_NAME + '.4094'.length)
  .regex(
    /^[A-Za-z][A-Za-z0-9_.-]*$/,
    'must be a bridge, such as "vmbr0", or one of its VLANs, such as "vmbr0.107"',
  )
  .check((context) => {
    const { bridge, vlan } = parseAttachment(context.value);
    const objection =
      bridge.length > MAX_NAME
        ? `names a bridge of ${bridge.length} characters; Linux takes ${MAX_NAME}`
        : vlan !== null && (vlan < 1 || vlan > MAX_VLAN)
          ? `names VLAN ${vlan}; they are 1 to ${MAX_VLAN}`
          : null;
    if (objection !== null) context.issues.push({ code: 'custom', message: objection, input: context.value });
  })
  .meta({ examples: ['vmbr0', 'vmbr0.107'] });
