import { describe, expect, test } from '@jest/globals';
import { diagnose, DIAGNOSIS_ROWS } from '../../../domain/health/diagnosis.js';
import type { MachineSight } from '../../../domain/health/sight.js';
import { aSight } from './sight-builder.js';

const service = { isNode: 'no', node: 'none' } as const;
const away = { node: 'silent', guest: 'silent' } as const;

/** One case for each row of the table, in its order. */
const CASES: readonly (readonly [Partial<MachineSight>, string, string])[] = [
  [{}, 'HEALTHY', 'NONE'],
  [service, 'HEALTHY', 'NONE'],
  [{ ...away, quorum: 'unknown' }, 'PROXMOX_UNSEEN', 'WAIT'],
  [{ ...away, quorum: 'no', vm: 'stopped' }, 'PROXMOX_NO_QUORUM', 'WAIT'],
  [{ ...away, hostState: 'offline', vm: 'unknown', ha: 'working' }, 'HOST_DOWN_HA_MOVES_IT', 'WAIT'],
  [{ ...away, hostState: 'offline', vm: 'unknown' }, 'HOST_DOWN', 'WAIT'],
  [{ ...away, hostState: 'unknown', vm: 'stopped' }, 'PROXMOX_UNSEEN', 'WAIT'],
  [{ ...away, vm: 'stopped', cordoned: 'yes' }, 'CORDONED', 'WAIT'],
  [{ ...away, vm: 'stopped', lock: 'held' }, 'VM_LOCKED', 'WAIT'],
  [{ ...away, ha: 'working' }, 'HA_AT_WORK', 'WAIT'],
  [{ ...away, vm: 'stopped', ha: 'held' }, 'HA_KEEPS_IT_OFF', 'WAIT'],
  [{ ...away, vm: 'stopped', ha: 'error' }, 'HA_ERROR', 'WAIT'],
  [{ ...away, vm: 'absent', hostState: 'unknown' }, 'VM_GONE', 'REPLACE'],
  [{ node: 'silent', vm: 'absent', hostState: 'unknown' }, 'VM_UNSEEN', 'WAIT'],
  [{ ...away, vm: 'stopped', ha: 'settled' }, 'HA_AT_WORK', 'WAIT'],
  [{ ...away, vm: 'stopped' }, 'VM_STOPPED', 'START'],
  [{ ...away, vm: 'unknown' }, 'VM_UNSEEN', 'WAIT'],
  [{ node: 'unknown' }, 'API_UNSEEN', 'WAIT'],
  [{ node: 'unknown', guest: 'silent' }, 'ALL_SILENT', 'WAIT'],
  [{ node: 'absent' }, 'NODE_MISSING', 'RESTART'],
  [{ node: 'silent' }, 'KUBELET_UNWELL', 'RESTART'],
  [{ node: 'not-ready', guest: 'silent' }, 'KUBELET_UNWELL', 'RESTART'],
  [{ node: 'silent', guest: 'unknown' }, 'GUEST_UNSEEN', 'WAIT'],
  [{ ...away, neighbours: 'silent' }, 'NETWORK_PARTED', 'WAIT'],
  [away, 'GUEST_HUNG', 'RESTART'],
];

describe('the table of diagnoses', () => {
  test('has a case here for each of its rows', () => {
    const reached = CASES.map(([change]) =>
      DIAGNOSIS_ROWS.findIndex((row) => row.diagnosis === diagnose(aSight(change))),
    );

    expect(reached).toEqual(DIAGNOSIS_ROWS.map((_row, index) => index));
  });

  test.each(CASES)('%j is %s: %s', (change, name, remedy) => {
    expect(diagnose(aSight(change))).toMatchObject({ name, remedy });
  });

  test('never lets a machine be restarted or replaced of which Proxmox VE was not heard', () => {
    const quorums = ['yes', 'no', 'unknown'] as const;
    const hosts = ['online', 'offline', 'unknown'] as const;
    const vms = ['running', 'stopped', 'unknown'] as const;
    const nodes = ['ready', 'not-ready', 'silent', 'absent', 'unknown'] as const;
    const guests = ['answers', 'silent', 'unknown'] as const;
    const acted = quorums.flatMap((quorum) =>
      hosts.flatMap((hostState) =>
        vms.flatMap((vm) =>
          nodes.flatMap((node) =>
            guests.flatMap((guest) => {
              const { remedy } = diagnose(aSight({ quorum, hostState, vm, node, guest }));
              return remedy === 'NONE' || remedy === 'WAIT' ? [] : [{ quorum, hostState, vm }];
            }),
          ),
        ),
      ),
    );

    expect(acted.length).toBeGreaterThan(5);
    expect(
      acted.filter(
        ({ quorum, hostState, vm }) => quorum !== 'yes' || hostState !== 'online' || vm === 'unknown',
      ),
    ).toEqual([]);
  });
});
