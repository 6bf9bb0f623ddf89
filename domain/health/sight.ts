/** What was seen of one machine at one moment, by all that can be asked; what could not be asked is `unknown`. */
import type { MachineRole } from '../cluster-definition.js';

/** What Proxmox VE says. */
export interface VmSight {
  /** Where it is now; `null`: nobody knows. */
  readonly host: string | null;
  readonly hostState: 'online' | 'offline' | 'unknown';
  /** `absent`: no guest has its VMID, which was asked for by the way that no rights can hide. */
  readonly vm: 'running' | 'stopped' | 'absent' | 'unknown';
  /** Such as `backup` or `migrate`; `null`: none is known. */
  readonly lock: string | null;
  /** `working`: high availability starts, stops, moves or fences it; `held`: it was told to keep it off. */
  readonly ha: 'none' | 'settled' | 'working' | 'held' | 'error' | 'unknown';
}

export interface VmSights {
  /** Of the Proxmox cluster. */
  readonly quorum: 'yes' | 'no' | 'unknown';
  /** By the name of the machine. */
  readonly machines: Readonly<Record<string, VmSight>>;
  /** Why something could not be seen. */
  readonly unseen: readonly string[];
}

/** What Kubernetes says. `not-ready`: its kubelet says so; `silent`: its kubelet says nothing any more. */
export interface NodeSight {
  readonly state: 'ready' | 'not-ready' | 'silent' | 'absent';
  /** Since when; ISO 8601, UTC. */
  readonly since: string | null;
  readonly why: string;
  readonly cordoned: boolean;
}

export interface NodeSights {
  /** `null`: the API could not be asked. */
  readonly nodes: Readonly<Record<string, NodeSight>> | null;
  readonly unseen: readonly string[];
}

/** Whether a machine lets us in, by SSH or the Talos API. */
export interface GuestSight {
  readonly state: 'answers' | 'silent' | 'unknown';
  readonly why: string;
}

export interface GuestSights {
  readonly machines: Readonly<Record<string, GuestSight>>;
  readonly unseen: readonly string[];
}

export interface WatchedMachine {
  readonly name: string;
  readonly group: string;
  readonly role: MachineRole;
  readonly address: string;
  /** As planned. */
  readonly host: string;
}

/** All of it put side by side. */
export interface MachineSight {
  readonly isNode: 'yes' | 'no';
  readonly quorum: VmSights['quorum'];
  readonly host: string;
  readonly hostState: VmSight['hostState'];
  readonly vm: VmSight['vm'];
  readonly lock: 'free' | 'held';
  readonly ha: VmSight['ha'];
  /** `none`: it is no node. */
  readonly node: NodeSight['state'] | 'unknown' | 'none';
  readonly cordoned: 'yes' | 'no';
  readonly guest: GuestSight['state'];
  /** Other machines of the cluster on the same host: `silent` when there are some, and none of them is heard. */
  readonly neighbours: 'heard' | 'silent' | 'none';
  /** In the words of those who were asked, for people. */
  readonly evidence: readonly string[];
}
