/** What Proxmox VE answers about high availability, as far as it is read here. */

/** `GET /cluster/ha/rules`. */
export interface HaRuleRecord {
  readonly rule: string;
  readonly type: 'node-affinity' | 'resource-affinity';
  /** Such as `vm:100,vm:101`. */
  readonly resources: string;
  readonly digest?: string;
}

/** `GET /cluster/ha/status/current`: one entry of many kinds; those of resources have a `sid`. */
export interface HaStatusRecord {
  readonly id: string;
  readonly type: string;
  /** Such as `vm:100`. */
  readonly sid?: string;
  /** What the manager made of it, such as `started`, `error` or `recovery`. */
  readonly state?: string;
}
