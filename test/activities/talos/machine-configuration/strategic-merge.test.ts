import { describe, expect, test } from '@jest/globals';
import { strategicMerge } from '../../../../activities/talos/machine-configuration/strategic-merge.js';

const CARD = {
  deviceSelector: { hardwareAddr: 'bc:24:11:00:00:01' },
  addresses: ['10.1.107.101/24'],
  dhcp: false,
};

describe('a strategic merge patch', () => {
  test.each<[string, object, object, object]>([
    [
      'merges mappings',
      { machine: { sysctls: { a: '1' } } },
      { machine: { sysctls: { b: '2' } } },
      { machine: { sysctls: { a: '1', b: '2' } } },
    ],
    [
      'replaces values',
      { machine: { install: { wipe: false } } },
      { machine: { install: { wipe: true } } },
      { machine: { install: { wipe: true } } },
    ],
    [
      'appends to lists',
      { machine: { certSANs: ['a'] } },
      { machine: { certSANs: ['b', 'a'] } },
      { machine: { certSANs: ['a', 'b', 'a'] } },
    ],
    [
      'replaces subnets',
      { cluster: { network: { podSubnets: ['a'] } } },
      { cluster: { network: { podSubnets: ['b'] } } },
      { cluster: { network: { podSubnets: ['b'] } } },
    ],
    [
      'leaves what it says nothing of',
      { a: 'x', b: 1, c: true },
      { a: '', b: 0, c: false, d: null },
      { a: 'x', b: 1, c: false },
    ],
    [
      'takes a part away',
      { machine: { a: { b: 1 }, c: 2 } },
      { machine: { a: { $patch: 'delete' } } },
      { machine: { c: 2 } },
    ],
    [
      'does not bring its directives along',
      {},
      { machine: { a: { $patch: 'delete' }, b: [{ $patch: 'delete' }, { c: 1 }] } },
      { machine: { b: [{ c: 1 }] } },
    ],
    [
      'finds an interface by its selector',
      { machine: { network: { interfaces: [CARD] } } },
      {
        machine: {
          network: {
            interfaces: [{ deviceSelector: CARD.deviceSelector, mtu: 9000, addresses: ['192.0.2.1/24'] }],
          },
        },
      },
      {
        machine: {
          network: { interfaces: [{ ...CARD, mtu: 9000, addresses: ['10.1.107.101/24', '192.0.2.1/24'] }] },
        },
      },
    ],
    [
      'adds an interface that is not there',
      { machine: { network: { interfaces: [CARD] } } },
      { machine: { network: { interfaces: [{ interface: 'eth7', dhcp: true }] } } },
      { machine: { network: { interfaces: [CARD, { interface: 'eth7', dhcp: true }] } } },
    ],
    [
      'takes an interface away',
      { machine: { network: { interfaces: [CARD] } } },
      { machine: { network: { interfaces: [{ deviceSelector: CARD.deviceSelector, $patch: 'delete' }] } } },
      { machine: { network: { interfaces: [] } } },
    ],
  ])('%s', (_, document, patch, merged) => {
    const before = structuredClone(document);

    expect(strategicMerge(document as never, patch as never)).toEqual(merged);
    expect(document).toEqual(before);
  });

  test('that has something of another kind is refused, with the place', () => {
    expect(() => strategicMerge({ machine: { certSANs: ['a'] } }, { machine: { certSANs: 'b' } })).toThrow(
      expect.objectContaining({
        code: 'TALOS_CONFIGURATION_INVALID',
        message: '/machine/certSANs is a list, and a patch has a string there',
      }),
    );
  });
});
