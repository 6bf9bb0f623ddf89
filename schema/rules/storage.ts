/** What the fields of a STORAGE service must agree on. */
import type { Fault } from '../../domain/errors.js';
import { faultAt, type Rule, servicesOf } from './rule.js';

const FIELDS = {
  NFS: ['server', 'path'],
  PROXMOX_CSI: ['proxmoxStorage', 'token'],
} as const;

export const storageFitsItsKind: Rule = (draft) => {
  const services = servicesOf(draft, 'STORAGE');
  const classes = services.flatMap(({ service: { name, configuration }, path }, position) => {
    const own = configuration?.storageClass;
    // Two services of one name have a fault already, and their classes are named after them.
    const earlier = services
      .slice(0, position)
      .some(({ service }) => service.name !== name && service.configuration?.storageClass === own);
    return own === undefined || !earlier ? [] : [faultAt([...path, 'storageClass'], `repeats "${own}"`)];
  });
  const kinds = services.flatMap(({ service: { configuration }, path }): Fault[] => {
    const kind = configuration?.kind;
    if (configuration === undefined || kind === undefined) return [];
    return Object.entries(FIELDS).flatMap(([owner, fields]) =>
      fields.flatMap((field) => {
        const isGiven = configuration[field] !== null;
        if (configuration[field] === undefined || isGiven === (owner === kind)) return [];
        const detail = isGiven
          ? `must be null for ${kind}: it belongs to ${owner}`
          : `is required for ${kind}`;
        return [faultAt([...path, field], detail)];
      }),
    );
  });
  return [...classes, ...kinds];
};
