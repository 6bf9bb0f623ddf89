import { describe, expect, test } from '@jest/globals';
import { parseNetworkPlan } from '../../../../lab/guest/networking/netplan.js';

describe('network configuration', () => {
  test('is read with everything that a server has', () => {
    const { ethernets, warnings } = parseNetworkPlan(`
version: 2
ethernets:
  primary:
    match: {macaddress: 'BC:24:11:00:00:01'}
    set-name: eth0
    addresses: [10.0.0.5/24, 'fd00::5/64']
    routes: [{to: default, via: 10.0.0.1}]
    nameservers: {addresses: [10.0.0.2], search: [example.org]}
    mtu: 1400
`);

    expect(warnings).toEqual([]);
    expect(ethernets).toEqual([
      {
        id: 'primary',
        macAddress: 'bc:24:11:00:00:01',
        setName: 'eth0',
        addresses: [
          { address: '10.0.0.5', prefixLength: 24 },
          { address: 'fd00::5', prefixLength: 64 },
        ],
        gateway: '10.0.0.1',
        nameservers: ['10.0.0.2'],
        mtu: 1_400,
      },
    ]);
  });

  test('may stand under network, with the older form of the gateway', () => {
    const { ethernets } = parseNetworkPlan(
      'network:\n  version: 2\n  ethernets:\n    ens18: {gateway4: 10.0.0.1}\n',
    );

    expect(ethernets[0]).toMatchObject({ id: 'ens18', macAddress: null, gateway: '10.0.0.1', addresses: [] });
  });

  test.each([
    ['no YAML', 'version: [', /is no YAML/],
    ['another version', 'version: 1\nconfig: []\n', /version 1 is not 2/],
    [
      'an address without a length',
      'version: 2\nethernets: {a: {addresses: [10.0.0.5]}}\n',
      /malformed address '10\.0\.0\.5'/,
    ],
    ['a misspelt key', 'version: 2\nethernets: {a: {adresses: [10.0.0.5/24]}}\n', /unknown key 'adresses'/],
    ['nothing', '', /version undefined is not 2/],
  ])('that is %s leaves a warning and no address', (_, text, reason) => {
    const { ethernets, warnings } = parseNetworkPlan(text);

    expect(warnings).toEqual([expect.stringMatching(reason)]);
    expect(ethernets.flatMap(({ addresses }) => addresses)).toEqual([]);
  });
});
