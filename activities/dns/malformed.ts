/** Bytes that are not what they should be are told by a RangeError: by Buffer, where they end too early, and by our own. */
export function isMalformed(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'RangeError';
}
