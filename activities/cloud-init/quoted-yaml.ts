/** YAML that means the same to every reader: cloud-init reads YAML 1.1, others 1.2. */
import { stringify } from 'yaml';

/** PyYAML refuses these even between quotes, and JSON leaves them as they are. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]/g;
const SURROGATE_PAIR = /[\ud800-\udbff][\udc00-\udfff]/g;

/** Every string is quoted, so that `no`, `0777` and `12:30` stay text, also as keys. */
export function quotedYaml(document: object): string {
  const text = stringify(document, {
    lineWidth: 0,
    defaultKeyType: 'QUOTE_DOUBLE',
    defaultStringType: 'QUOTE_DOUBLE',
    doubleQuotedAsJSON: true,
  });
  const wide = text.replaceAll(SURROGATE_PAIR, (pair) => `\\U${hex(pair.codePointAt(0) ?? 0, 8)}`);
  return wide.replaceAll(UNPRINTABLE, (character) => `\\u${hex(character.charCodeAt(0), 4)}`);
}

function hex(code: number, length: number): string {
  return code.toString(16).padStart(length, '0');
}
