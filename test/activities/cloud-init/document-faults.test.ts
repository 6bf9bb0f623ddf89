import { describe, expect, test } from '@jest/globals';
import { documentFaults } from '../../../activities/cloud-init/document-faults.js';
import { noCloudDocuments, type Seed } from '../../../activities/cloud-init/documents.js';

const SEED: Seed = {
  userData: {
    hostname: 'edge-server-1',
    fqdn: 'edge-server-1.cluster.internal',
    user: 'ubuntu',
    sshAuthorizedKeys: [],
    packages: ['curl'],
    runCmd: ['true'],
    environment: { A: 'b' },
    isFetchedOnce: true,
  },
  metaData: { instanceId: '0f1e', hostname: 'edge-server-1' },
  networkConfig: {
    mac: 'BC:24:11:AA:00:01',
    address: '10.1.107.100',
    prefixLength: 24,
    gateway: '10.1.107.1',
    nameservers: ['10.1.107.2'],
    domain: 'cluster.internal',
    mtu: 1_500,
  },
};

test('what is written for cloud-init has no fault', () => {
  expect(documentFaults(noCloudDocuments(SEED))).toEqual([]);
});

test('a document that has one is not made, and every fault is named with its place', () => {
  const spoiled = {
    ...SEED,
    metaData: { instanceId: '', hostname: 'Edge_1' },
    networkConfig: { ...SEED.networkConfig, address: '10.1.107.300', mtu: 20 },
  };

  expect(() => noCloudDocuments(spoiled)).toThrow(
    expect.objectContaining({
      code: 'BOOT_DOCUMENT_INVALID',
      message: expect.stringMatching(
        /Edge_1: meta-data \/instance-id: .*; meta-data \/local-hostname: .*; network-config \/ethernets\/primary\/addresses\/0: is no address with a prefix length; network-config .*mtu/,
      ),
    }),
  );
});

describe('a fault', () => {
  const documents = noCloudDocuments(SEED);
  test.each([
    ['text that is no cloud-config', { userData: 'hostname: x\nusers: []\n' }, 'does not begin'],
    ['a key that nobody wrote', { userData: '#cloud-config\nusers: []\nbootcmd: [x]\n' }, 'bootcmd'],
    ['a number for a word', { userData: '#cloud-config\nusers: []\nhostname: 5\n' }, '/hostname'],
    ['YAML that is none', { userData: '#cloud-config\n{' }, 'user-data is not YAML'],
    ['an empty document', { metaData: '' }, 'meta-data'],
    ['another version', { networkConfig: 'version: 1\nethernets: {}\n' }, '/version'],
    ['a prefix that is too long', { networkConfig: network('addresses: [10.1.1.1/33]') }, 'addresses'],
    [
      'a name server that is none',
      { networkConfig: network('nameservers: {addresses: [x]}') },
      'nameservers',
    ],
    ['a MAC address in upper case', { networkConfig: network('', 'BC:24:11:AA:00:01') }, 'macaddress'],
    ['vendor-data that is no cloud-config', { vendorData: 'x: y\n' }, 'vendor-data'],
  ])('%s is one', (_title, change, named) => {
    expect(documentFaults({ ...documents, ...change }).join('\n')).toContain(named);
  });
});

function network(more: string, mac = 'bc:24:11:aa:00:01'): string {
  return `version: 2\nethernets:\n  primary:\n    match: {macaddress: "${mac}"}\n    ${more}\n`;
}
