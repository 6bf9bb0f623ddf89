/** Which names and labels the API takes. */
import { randomInt } from 'node:crypto';
import type { FieldFault } from '../model/status-error.js';
import type { ResourceKind } from '../registry/resource-kind.js';

const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const DNS_1035_LABEL = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED_NAME =
  /^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** Without vowels and look-alikes, as Kubernetes does it, so that no words come out. */
const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
const MAX_GENERATED_PREFIX = 58;

/** Kinds whose names are stricter than a DNS subdomain. */
const LABEL_NAMED = new Set(['namespaces']);
const LABEL_1035_NAMED = new Set(['services']);

/** Name for a `generateName`: the prefix and five characters. */
export function generateName(prefix: string): string {
  const suffix = Array.from(
    { length: SUFFIX_LENGTH },
    () => SUFFIX_ALPHABET[randomInt(SUFFIX_ALPHABET.length)],
  );
  return prefix.slice(0, MAX_GENERATED_PREFIX) + suffix.join('');
}

/** Letters of {@link SUFFIX_ALPHABET} for hexadecimal digits, for names that are hashes. */
export function safeHash(hexadecimal: string): string {
  return hexadecimal.replaceAll(/./g, (digit) => SUFFIX_ALPHABET[Number.parseInt(digit, 16)] ?? '');
}

export function nameFaults(kind: ResourceKind, name: string): FieldFault[] {
  const field = 'metadata.name';
  const fault = (message: string): FieldFault[] => [
    { field, message: `Invalid value: "${name}": ${message}`, reason: 'FieldValueInvalid' },
  ];
  // Names of roles hold colons, such as system:node.
  if (kind.group === 'rbac.authorization.k8s.io') {
    return name === '.' || name === '..' || /[/%]/.test(name) ? fault("may not contain '/' or '%'") : [];
  }
  const isService = LABEL_1035_NAMED.has(kind.plural) && kind.group === '';
  const isLabel = isService || (LABEL_NAMED.has(kind.plural) && kind.group === '');
  if (name.length > (isLabel ? 63 : 253))
    return fault(`must be no more than ${isLabel ? 63 : 253} characters`);
  if (isService && !DNS_1035_LABEL.test(name)) {
    return fault(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', and start with a letter",
    );
  }
  if (isLabel && !DNS_LABEL.test(name)) {
    return fault("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-'");
  }
  return DNS_SUBDOMAIN.test(name)
    ? []
    : fault("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'");
}

export function labelFaults(labels: unknown, field: string): FieldFault[] {
  if (labels === undefined) return [];
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    return [{ field, message: 'Invalid value: must be an object', reason: 'FieldValueInvalid' }];
  }
  return Object.entries(labels).flatMap(([key, value]): FieldFault[] => {
    const isFine = QUALIFIED_NAME.test(key) && typeof value === 'string' && LABEL_VALUE.test(value);
    if (isFine) return [];
    const message = `Invalid value: ${JSON.stringify(`${key}=${String(value)}`)}: not a valid label`;
    return [{ field, message, reason: 'FieldValueInvalid' }];
  });
}

export function isDnsLabel(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 63 && DNS_LABEL.test(value);
}
