/** Backups of VMs, which are there at once. */
import type { ProxmoxActivities } from '../../activities/proxmox/activities.js';
import type { MachineIdentity } from '../../domain/machine.js';
import type { VmBackup } from '../../domain/vm-backup/vm-backup.js';

type Behaviour = (args: Record<string, unknown>) => unknown;

type VmBackupActivities = Pick<
  ProxmoxActivities,
  'backUpVm' | 'endVmBackup' | 'listVmBackups' | 'removeVmBackup'
>;

export function aVmBackup(change: Partial<VmBackup> = {}): VmBackup {
  return {
    ...{ clusterUid: 'uid-1', machineUuid: 'uuid-1', backupId: 'backup-1', machine: 'edge-server-1' },
    ...{ volume: 'nas:backup/vzdump-qemu-100-2026_01_31-02_00_00.vma.zst', host: null },
    ...{ takenAt: '2026-01-31T02:00:00.000Z', sizeBytes: 1_024, isProtected: false },
    ...change,
  };
}

export function fakeVmBackups(): Record<keyof VmBackupActivities, Behaviour> {
  return {
    backUpVm: ({ identity, backupId }) => {
      const { clusterUid, uuid: machineUuid, name: machine } = identity as MachineIdentity;
      return aVmBackup({ clusterUid, machineUuid, machine, backupId: backupId as string });
    },
    endVmBackup: () => ({ stopped: 1 }),
    listVmBackups: () => ({ items: [], notSeen: [] }),
    removeVmBackup: () => ({ removed: true }),
  };
}
