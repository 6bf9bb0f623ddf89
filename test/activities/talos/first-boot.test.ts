import { expect, test } from '@jest/globals';
import { seedOf } from '../../../activities/boot/seed.js';
import { noCloudDocuments } from '../../../activities/cloud-init/documents.js';
import { macOf } from '../../../domain/machine.js';
import { aPlannedMachine, uuidOf } from './talos-world.js';

test('a machine with Talos gets its address and nothing to do', () => {
  const uuid = uuidOf(1);
  const { userData, networkConfig, metaData } = noCloudDocuments(
    seedOf({
      identity: { clusterUid: 'uid-1', cluster: 'edge', name: 'edge-1', uuid, vmid: 101, mac: macOf(uuid) },
      machine: aPlannedMachine(1),
      address: '10.1.107.101',
      login: {
        user: 'ubuntu',
        sshAuthorizedKeys: ['ssh-ed25519 AAAA'],
        packages: [],
        runCmd: ['true'],
        environment: {},
      },
      isFetchedOnce: false,
    }),
  );

  // What begins otherwise Talos takes for its configuration.
  expect(userData).toBe('#cloud-config\nusers: []\n');
  expect(networkConfig).toContain('10.1.107.101/24');
  expect(metaData).toContain(uuid);
});
