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
        dhcp4: false,
        routes: [{ to: '0.0.0.0/0', via: '10.0.0.1' }],
        gateway: '10.0.0.1',
        nameservers: ['10.0.0.2'],
        searchDomains: ['example.org'],
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

  test('has routes beside the default one, and may ask for an address', () => {
    const { ethernets, warnings } = parseNetworkPlan(
      'version: 2\nethernets: {a: {dhcp4: true, routes: [{to: 10.2.0.0/16, via: 10.0.0.9}]}}\n',
    );

    expect(warnings).toEqual([]);
    expect(ethernets[0]).toMatchObject({
      dhcp4: true,
      routes: [{ to: '10.2.0.0/16', via: '10.0.0.9' }],
      gateway: null,
    });
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
    [
      'a route to nowhere',
      'version: 2\nethernets: {a: {routes: [{to: there, via: 10.0.0.1}]}}\n',
      /malformed route to 'there' via '10\.0\.0\.1'/,
    ],
    ['nothing', '', /version undefined is not 2/],
  ])('that is %s leaves a warning and no address', (_, text, reason) => {
    const { ethernets, warnings } = parseNetworkPlan(text);

    expect(warnings).toEqual([expect.stringMatching(reason)]);
    expect(ethernets.flatMap(({ addresses }) => addresses)).toEqual([]);
  });
});
