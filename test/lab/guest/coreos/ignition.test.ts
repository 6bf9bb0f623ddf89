import { describe, expect, test } from '@jest/globals';
import { networkKeyfile } from '../../../../domain/boot/network-keyfile.js';
import {
  finishIgnition,
  isCoreOs,
  pendingIgnition,
  writeCoreOs,
} from '../../../../lab/guest/coreos/image.js';
import { keyfilePlans } from '../../../../lab/guest/coreos/keyfiles.js';
import { mergeIgnition } from '../../../../lab/guest/coreos/merge-ignition.js';
import { renderIgnition } from '../../../../lab/guest/coreos/render-ignition.js';
import { baseImage } from '../../../../lab/guest/disk/base-image.js';
import { isThere, putFile } from '../../../../lab/guest/disk/root-files.js';

const data = (document: object) => `data:,${encodeURIComponent(JSON.stringify(document))}`;
const CARDS = [
  { name: 'ens18', mac: 'bc:24:11:00:00:01' },
  { name: 'ens19', mac: 'bc:24:11:00:00:02' },
];

describe('merging', () => {
  test('puts lists together by name and path, keys as a set, and lets the child win', () => {
    const parent = {
      ignition: { version: '3.4.0' },
      passwd: { users: [{ name: 'core', sshAuthorizedKeys: ['a', 'b'] }] },
      storage: { files: [{ path: '/x', mode: 1 }, { path: '/y' }] },
    };
    const child = {
      ignition: { version: '3.2.0' },
      passwd: { users: [{ name: 'core', sshAuthorizedKeys: ['b', 'c'] }, { name: 'other' }] },
      storage: { files: [{ path: '/x', mode: 2, overwrite: true }] },
    };

    expect(mergeIgnition(parent, child)).toEqual({
      ignition: { version: '3.2.0' },
      passwd: { users: [{ name: 'core', sshAuthorizedKeys: ['a', 'b', 'c'] }, { name: 'other' }] },
      storage: { files: [{ path: '/x', mode: 2, overwrite: true }, { path: '/y' }] },
    });
  });
});

describe('rendering', () => {
  const parts = {
    network: { dial: () => ({ kind: 'unreachable' as const }) },
    print: () => undefined,
    pause: () => Promise.reject(new Error('it waits')),
    signal: new AbortController().signal,
  };
  const version = { version: '3.4.0' };

  test('follows references through references', async () => {
    const inner = { ignition: version, passwd: { users: [{ name: 'inner' }] } };
    const middle = { ignition: { ...version, config: { merge: [{ source: data(inner) }] } } };
    const outer = { ignition: { ...version, config: { replace: { source: data(middle) } } } };

    expect(JSON.parse(await renderIgnition(JSON.stringify(outer), parts))).toEqual(inner);
  });

  test('waits for a server that does not answer', async () => {
    const text = JSON.stringify({
      ignition: { ...version, config: { merge: [{ source: 'https://10.0.0.9:22623/config/master' }] } },
    });

    await expect(renderIgnition(text, parts)).rejects.toThrow('it waits');
  });

  test.each([
    ['what is no document', '{}'],
    [
      'a scheme that it cannot fetch',
      JSON.stringify({ ignition: { ...version, config: { merge: [{ source: 'data:x' }] } } }),
    ],
  ])('does not go on with %s', async (_, text) => {
    await expect(renderIgnition(text, parts)).rejects.toThrow(/error/);
  });
});

describe('a disk with CoreOS', () => {
  const document = JSON.stringify({ ignition: { version: '3.4.0' } });

  test('is configured once', () => {
    const disk = baseImage(['cloud-init', 'ls'], []);
    writeCoreOs(disk, document);

    expect([isCoreOs(disk), pendingIgnition(disk)]).toEqual([true, document]);
    expect(isThere(disk, '/usr/bin/cloud-init')).toBe(false);

    finishIgnition(disk, document);
    expect(pendingIgnition(disk)).toBeUndefined();
    expect(isThere(disk, '/etc/.ignition-result.json')).toBe(true);
  });

  test('has its network from connection files that nobody else may read, and else by DHCP', () => {
    const disk = baseImage([], []);
    const [card] = CARDS;
    const keyfile = networkKeyfile({
      ...{ name: 'cluster', mac: card?.mac ?? '', address: '10.1.107.101', prefixLength: 24 },
      ...{ gateway: '10.1.107.1', nameservers: ['10.1.107.2'], searchDomain: 'lab.internal', mtu: null },
    });
    expect(keyfilePlans(disk, CARDS)).toBeUndefined();
    writeCoreOs(disk, document);
    const path = '/etc/NetworkManager/system-connections/cluster.nmconnection';

    putFile(disk, path, keyfile, { mode: 0o644 });
    expect(keyfilePlans(disk, CARDS)?.map(({ id, dhcp4 }) => [id, dhcp4])).toEqual([
      ['ens18', true],
      ['ens19', true],
    ]);

    putFile(disk, path, keyfile, { mode: 0o600 });
    expect(keyfilePlans(disk, CARDS)).toMatchObject([
      {
        macAddress: 'bc:24:11:00:00:01',
        addresses: [{ address: '10.1.107.101', prefixLength: 24 }],
        gateway: '10.1.107.1',
        nameservers: ['10.1.107.2'],
        searchDomains: ['lab.internal'],
        dhcp4: false,
      },
      { id: 'ens19', dhcp4: true },
    ]);
  });
});
