/** Kubernetes label and taint grammar, and which labels a node may give itself. */
import { text } from './text.js';

const NAME = '[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?';
const SUBDOMAIN = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*';

/** `name` or `prefix/name`: 63 characters of name, 253 of prefix. */
export const qualifiedName = text(317)
  .regex(
    new RegExp(`^(?:${SUBDOMAIN}/)?${NAME}$`),
    'must be a Kubernetes key, such as "zone" or "example.com/zone"',
  )
  .refine(
    (key) => !key.includes('/') || key.indexOf('/') <= 253,
    'must have a prefix of at most 253 characters',
  );

export const labelValue = text(63).regex(
  new RegExp(`^(?:${NAME})?$`),
  'must be a Kubernetes label value: letters, digits, ".", "_" and "-"',
);

export const nodeLabelKey = qualifiedName.refine(
  mayLabelItself,
  'is refused by the kubelet and the NodeRestriction admission: a node may not set this label on itself',
);

/** What the kubelet accepts under the reserved domains (KEP-279), less what it sets by itself. */
const ALLOWED_KEYS = new Set([
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
]);
const ALLOWED_PREFIXES = /^(?:.+\.)?(?:kubelet|node)\.kubernetes\.io$/;
const RESERVED_PREFIXES = /^(?:.+\.)?(?:kubernetes|k8s)\.io$/;

function mayLabelItself(key: string): boolean {
  const prefix = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  if (!RESERVED_PREFIXES.test(prefix)) return true;
  return ALLOWED_KEYS.has(key) || ALLOWED_PREFIXES.test(prefix);
}
