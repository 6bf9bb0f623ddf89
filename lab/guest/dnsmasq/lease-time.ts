/** A lease time as dnsmasq writes it: `45m`, `12h`, `2d`, seconds, or `infinite`. */
export function isLeaseTime(word: string): boolean {
  return word === 'infinite' || /^\d+[smhdw]?$/i.test(word);
}
