import { describe, expect, test } from '@jest/globals';
import { refusalError, taskError } from '../../../activities/proxmox/errors.js';
import type { ErrorCode } from '../../../domain/errors.js';

const REQUEST = { method: 'POST', path: '/nodes/hv5/qemu/9001/clone' };
const UPID = 'UPID:hv5:00000001:00000002:00000003:qmclone:9001:u@pve!t:';

function refused(status: number, message: string, errors: Record<string, string> = {}) {
  return refusalError(REQUEST, { status, message, errors });
}

describe('an answer', () => {
  test.each<[number, string, ErrorCode]>([
    [500, "can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout", 'PROXMOX_CONTENTION'],
    [500, "cfs-lock 'storage-ceph-vm' error: got lock request timeout", 'PROXMOX_CONTENTION'],
    [500, "'storage-local-zfs'-locked command timed out - aborting", 'PROXMOX_CONTENTION'],
    [500, 'VM is locked (backup)', 'PROXMOX_CONTENTION'],
    [500, 'checksum mismatch (file change by other user?)', 'PROXMOX_CONTENTION'],
    [500, 'unable to create VM 100: config file already exists', 'VMID_TAKEN'],
    [500, "unable to create VM 100 - VM 100 already exists on node 'hv6'", 'VMID_TAKEN'],
    [500, "can't clone VM to node 'hv6' (VM uses local storage)", 'PROXMOX_REJECTED'],
    [500, "can't remove VM 100 - protection mode enabled", 'PROXMOX_REJECTED'],
    [500, 'cluster not ready - no quorum?', 'PROXMOX_NODE_UNREACHABLE'],
    [500, "cfs-lock 'domain-ha' error: no quorum!", 'PROXMOX_NODE_UNREACHABLE'],
    [
      500,
      "unable to open file '/etc/pve/nodes/a/qemu-server/1.conf.tmp.2' - Permission denied",
      'PROXMOX_NODE_UNREACHABLE',
    ],
    [500, 'unable to remove VM 1 - used in HA resources and purge parameter not set.', 'PROXMOX_CONTENTION'],
    [500, "service 'vm:1' in error state, must be disabled and fixed first", 'PROXMOX_REJECTED'],
    [500, 'something nobody knows', 'PROXMOX_FAILED'],
    [595, 'No route to host', 'PROXMOX_NODE_UNREACHABLE'],
    [596, 'Connection timed out', 'PROXMOX_NODE_UNREACHABLE'],
    [599, 'Too many redirections', 'PROXMOX_NODE_UNREACHABLE'],
    [503, 'Service Unavailable', 'PROXMOX_NODE_UNREACHABLE'],
    [401, 'permission denied - invalid PVE ticket', 'PROXMOX_UNAUTHENTICATED'],
    [400, 'Parameter verification failed.', 'PROXMOX_REJECTED'],
    [501, 'Method not implemented', 'PROXMOX_REJECTED'],
  ])('%d %s is %s', (status, message, code) => {
    expect(refused(status, message).code).toBe(code);
  });

  test('that refuses a permission names the privilege and the path', () => {
    const error = refused(403, 'Permission check failed (/vms/100, VM.Clone)');

    expect(error.code).toBe('PROXMOX_PERMISSION');
    expect(error.message).toContain('needs VM.Clone on /vms/100');
  });

  test('that refuses parameters says what is wrong with each', () => {
    const error = refused(400, 'Parameter verification failed.', {
      cores: 'type check failed',
      name: 'too long\n',
    });

    expect(error.message).toContain('cores: type check failed; name: too long');
  });

  test('about a VMID that is taken is known by its parameter', () => {
    expect(refused(400, 'Parameter verification failed.', { vmid: 'VM 100 already exists' }).code).toBe(
      'VMID_TAKEN',
    );
  });
});

describe('a task that ended with', () => {
  test.each<[string, ErrorCode]>([
    ['unexpected status', 'OUTCOME_UNKNOWN'],
    ["can't lock file '/var/lock/qemu-server/lock-9001.conf' - got timeout", 'PROXMOX_CONTENTION'],
    ["unable to create file '/etc/pve/nodes/hv5/qemu-server/100.conf' - File exists", 'VMID_TAKEN'],
    ['clone failed: zfs error: out of space', 'PROXMOX_TASK_FAILED'],
  ])('%s is %s, and named by its UPID', (exitStatus, code) => {
    const error = taskError(UPID, exitStatus);

    expect(error.code).toBe(code);
    expect(error.message).toContain(UPID);
  });
});
