import { describe, expect, test } from '@jest/globals';
import {
  applyStatements,
  masquerades,
  printTables,
  type Tables,
} from '../../../../lab/guest/nftables/ruleset.js';

const NAT = `table ip nat {
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    ip saddr 10.0.0.0/24 ip daddr != { 10.0.0.0/24, 10.1.0.0/16 } oifname "eth0" masquerade
  }
}
`;
const EMPTY: Tables = new Map();

describe('a set of rules', () => {
  test('is printed as it was written, once for each time it is loaded', () => {
    const twice = applyStatements(applyStatements(EMPTY, NAT), `table ip nat\ndelete table ip nat\n${NAT}`);

    expect(printTables(twice)).toBe(
      'table ip nat {\n\tchain postrouting {\n' +
        '\t\ttype nat hook postrouting priority 100; policy accept;\n' +
        '\t\tip saddr 10.0.0.0/24 ip daddr != { 10.0.0.0/24, 10.1.0.0/16 } oifname "eth0" masquerade\n\t}\n}\n',
    );
  });

  test('adds to a chain that is there', () => {
    const tables = applyStatements(
      applyStatements(EMPTY, NAT),
      'table nat { chain postrouting { accept; } }',
    );

    expect([...(tables.get('ip nat')?.get('postrouting') ?? [])].at(-1)).toBe('accept');
  });

  test.each([
    ['a table that is not there', 'delete table ip none', /No such file or directory/],
    ['a word that means nothing', 'tabel ip nat {}', /unexpected tabel/],
    ['a brace that is missing', 'table ip nat { chain a { accept', /unexpected end of file/],
  ])('stays as it is for %s', (_, text, reason) => {
    const before = applyStatements(EMPTY, NAT);

    expect(() => applyStatements(before, `flush ruleset\n${text}`)).toThrow(reason);
    expect(before.size).toBe(1);
  });

  test.each([
    ['what leaves the subnet', '10.0.0.5', '192.0.2.1', 'eth0', true],
    ['what goes to the Internet', '10.0.0.5', null, 'eth0', true],
    ['what stays in it', '10.0.0.5', '10.0.0.6', 'eth0', false],
    ['what goes to another of the set', '10.0.0.5', '10.1.2.3', 'eth0', false],
    ['another source', '10.5.0.5', '192.0.2.1', 'eth0', false],
    ['another interface', '10.0.0.5', '192.0.2.1', 'eth1', false],
  ])('masquerades %s: %s to %s by %s', (_, source, destination, outgoing, expected) => {
    const tables = applyStatements(EMPTY, NAT);

    expect(masquerades(tables, { source, destination, outgoing })).toBe(expected);
  });

  test('masquerades nothing in a chain that is not behind routing', () => {
    const tables = applyStatements(EMPTY, 'table ip nat { chain other { masquerade; } }');

    expect(masquerades(tables, { source: '10.0.0.5', destination: null, outgoing: 'eth0' })).toBe(false);
  });
});
