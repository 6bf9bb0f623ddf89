/** The lab's simulator as a target, with its insides at hand. */
import { Faults } from '../../../lab/faults.js';
import { Latency } from '../../../lab/latency.js';
import type { MachineHost } from '../../../lab/machine-host.js';
import type { LabInventory } from '../../../lab/proxmox/lab-inventory.js';
import type { LabToken } from '../../../lab/proxmox/tokens.js';
import { startProxmoxSimulator, type ProxmoxSimulator } from '../../../lab/proxmox/simulator.js';
import { LabState } from '../../../lab/state.js';
import { EVERYTHING, type ContractTarget } from './target.js';

export interface SimulatorTarget extends ContractTarget {
  readonly simulator: ProxmoxSimulator;
  readonly faults: Faults;
}

/** Nothing runs inside the VMs. */
const EMPTY_MACHINES: MachineHost = {
  powerOn: () => {},
  powerOff: () => {},
  shutdown: () => Promise.resolve(),
  diskRemoved: () => {},
};

export async function simulatorTarget(
  options: {
    readonly latency?: Latency;
    readonly state?: LabState;
    readonly inventory?: LabInventory;
    readonly tokens?: readonly LabToken[];
    /** How many of the hosts have an address of their own; one by default. */
    readonly addresses?: number;
  } = {},
): Promise<SimulatorTarget> {
  const faults = new Faults();
  const simulator = await startProxmoxSimulator({
    host: '127.0.0.1',
    port: 0,
    latency: options.latency ?? new Latency({ speed: 0, seed: 1 }),
    faults,
    state: options.state ?? new LabState(null),
    machines: EMPTY_MACHINES,
    ...(options.inventory === undefined ? {} : { inventory: options.inventory }),
    ...(options.addresses === undefined ? {} : { addresses: options.addresses }),
    tokens: options.tokens ?? [],
    timing: { cloneLockMs: 100, configLockMs: 200, storageLockMs: 300, statusIntervalMs: 50 },
  });
  return {
    url: simulator.url,
    token: simulator.token,
    trust: { kind: 'fingerprint', sha256: simulator.fingerprint },
    template: { vmid: 9001, name: 'ubuntu-24.04-template', host: 'hv5', storage: 'local-zfs', diskGiB: 8 },
    isoStorage: 'local',
    vmids: { from: 20_000, to: 20_099 },
    capabilities: EVERYTHING,
    simulator,
    faults,
    close: () => simulator.close(),
  };
}
