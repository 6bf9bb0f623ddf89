import { describe, expect, test } from '@jest/globals';
import { parseAttachment, parseVlans, vlanObjection } from '../../../domain/network/vlan.js';

describe('a bridge', () => {
  test.each([
    ['vmbr0', { bridge: 'vmbr0', vlan: null }],
    ['vmbr0.107', { bridge: 'vmbr0', vlan: 107 }],
    ['vmbr0v107', { bridge: 'vmbr0v107', vlan: null }],
    ['br.lan', { bridge: 'br.lan', vlan: null }],
    ['br.lan.3', { bridge: 'br.lan', vlan: 3 }],
  ])('written %s', (text, expected) => {
    expect(parseAttachment(text)).toEqual(expected);
  });
});

describe('the VLANs of a bridge', () => {
  test.each([
    ['2-4094', [{ from: 2, to: 4094 }]],
    [
      '10 20-30',
      [
        { from: 10, to: 10 },
        { from: 20, to: 30 },
      ],
    ],
    ['10,20;30\n', [10, 20, 30].map((vlan) => ({ from: vlan, to: vlan }))],
    ['all', undefined],
    ['10 x', undefined],
    ['', undefined],
  ])('written %j', (text, expected) => {
    expect(parseVlans(text)).toEqual(expected);
  });

  const bridge = { name: 'vmbr0', vlanAware: true, vlans: '10 20-30' };

  test.each([null, 10, 20, 30])('%s is carried', (vlan) => {
    expect(vlanObjection(bridge, vlan)).toBeNull();
  });

  test.each([1, 11, 19, 31, 4094])('%i is not', (vlan) => {
    expect(vlanObjection(bridge, vlan)).toBe(`its bridge "vmbr0" carries the VLANs 10 20-30, not ${vlan}`);
  });

  test.each([
    ['it is not known which it carries', { vlans: null }],
    ['they cannot be read', { vlans: 'some' }],
    ['Proxmox VE makes a bridge for each VLAN', { vlanAware: false }],
  ])('any is as good as carried when %s', (_why, change) => {
    expect(vlanObjection({ ...bridge, ...change }, 99)).toBeNull();
  });
});
