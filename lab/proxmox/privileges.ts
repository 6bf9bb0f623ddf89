/** Privileges, roles and who has which on what path. */
import { refusePermission } from './api-error.js';

const VM_CONFIG = ['Disk', 'CPU', 'Memory', 'Network', 'HWType', 'Options', 'CDROM', 'Cloudinit'];

/** Any one of these lets a token change a configuration; which options is checked one by one. */
export const VM_CONFIG_PRIVILEGES: readonly string[] = VM_CONFIG.map((part) => `VM.Config.${part}`);

/** All that an API token can be given short of what is reserved to root@pam. */
export const PVE_ADMIN: readonly string[] = [
  ...VM_CONFIG_PRIVILEGES,
  ...['Allocate', 'Audit', 'Backup', 'Clone', 'Console', 'Migrate', 'PowerMgmt', 'Replicate', 'Snapshot'].map(
    (part) => `VM.${part}`,
  ),
  'VM.Snapshot.Rollback',
  ...['Audit', 'FileRead', 'FileSystemMgmt', 'FileWrite', 'Unrestricted'].map(
    (part) => `VM.GuestAgent.${part}`,
  ),
  ...['Audit', 'Console', 'Syslog'].map((part) => `Sys.${part}`),
  ...['Allocate', 'AllocateSpace', 'AllocateTemplate', 'Audit'].map((part) => `Datastore.${part}`),
  ...['Allocate', 'Audit', 'Use'].map((part) => `SDN.${part}`),
  'Group.Allocate',
  'Realm.AllocateUser',
  'User.Modify',
  'Pool.Allocate',
  'Pool.Audit',
  ...['Audit', 'Modify', 'Use'].map((part) => `Mapping.${part}`),
];

/** Looks at everything and changes nothing. */
export const PVE_AUDITOR: readonly string[] = [
  'VM.Audit',
  'VM.GuestAgent.Audit',
  'Sys.Audit',
  'Datastore.Audit',
  'SDN.Audit',
  'Pool.Audit',
  'Mapping.Audit',
];

/** Privileges by path, such as `/`, `/vms/100`, `/pool/lab`, `/storage/local`. */
export type AccessControl = Readonly<Record<string, readonly string[]>>;

export class Session {
  /** `user@realm!id`. */
  readonly tokenId: string;
  private readonly access: AccessControl;
  private readonly poolOf: (vmid: number) => string | null;

  constructor(tokenId: string, access: AccessControl, poolOf: (vmid: number) => string | null) {
    this.tokenId = tokenId;
    this.access = access;
    this.poolOf = poolOf;
  }

  /** `user@realm`. */
  get user(): string {
    return this.tokenId.split('!')[0] ?? '';
  }

  /** Whether the token has all of the privileges. A grant on a deeper path replaces the one above it. */
  has(path: string, ...privileges: readonly string[]): boolean {
    const granted = this.privilegesOn(path);
    return privileges.every((privilege) => granted.includes(privilege));
  }

  /** @throws ApiError 403. */
  check(path: string, ...privileges: readonly string[]): void {
    for (const privilege of privileges) {
      if (!this.has(path, privilege)) refusePermission(`${path}, ${privilege}`);
    }
  }

  /** @throws ApiError 403 when the token has none of them. */
  checkAny(path: string, privileges: readonly string[]): void {
    if (!privileges.some((privilege) => this.has(path, privilege))) {
      refusePermission(`${path}, ${privileges.join('|')}`);
    }
  }

  /** For `GET /access/permissions`. */
  permissions(): Record<string, Record<string, 1>> {
    return Object.fromEntries(
      Object.entries(this.access).map(([path, privileges]) => [
        path,
        Object.fromEntries(privileges.map((privilege) => [privilege, 1 as const])),
      ]),
    );
  }

  private privilegesOn(path: string): readonly string[] {
    const vmid = /^\/vms\/(\d+)$/.exec(path)?.[1];
    const pool = vmid === undefined ? null : this.poolOf(Number(vmid));
    const own = this.nearest(path);
    return pool === null ? own : [...own, ...this.nearest(`/pool/${pool}`)];
  }

  private nearest(path: string): readonly string[] {
    for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
      if (Object.hasOwn(this.access, at)) return this.access[at] ?? [];
    }
    return this.access['/'] ?? [];
  }
}
