/** What others have in the same Proxmox cluster, close to ours, and whether it is as it was. */
import { createHash, randomUUID } from 'node:crypto';
import type { ProxmoxClient, VmAddress } from '../../activities/proxmox/client.js';
import type { ProxmoxSimulator } from '../../lab/proxmox/simulator.js';
import { VMIDS } from './worker-process.js';

const TEMPLATES: readonly VmAddress[] = [
  { host: 'hv5', vmid: 9001 },
  { host: 'hv6', vmid: 9002 },
];

/** Marked by another installation of this service, with a number among ours. */
const ELSEWHERE = { host: 'hv6', vmid: VMIDS.from + 2 } as const;
/** Made by hand, with a number among ours and the name of a machine of ours. */
const NAMESAKE = { host: 'hv7', vmid: VMIDS.from + 5 } as const;
/** An image has its checksum in its name. */
const DOWNLOADED = /\/cw-[0-9a-f]{12}-/;
/** Named like a medium of ours, of a machine that no ledger of ours knows. */
const MEDIUM = { host: 'hv5', storage: 'local', name: `cw-${randomUUID()}.iso` };

const LOST = 'is gone or changed: ';

/** What is lost is so at any time; what is left may only be left until now. */
export function isLoss(violation: string): boolean {
  return violation.startsWith(LOST);
}

export class Strangers {
  private readonly client: ProxmoxClient;
  private readonly simulator: ProxmoxSimulator;
  private untouched: readonly string[] = [];

  constructor(client: ProxmoxClient, simulator: ProxmoxSimulator) {
    this.client = client;
    this.simulator = simulator;
  }

  /** @param machine a name that a machine of ours will have. */
  async moveIn(machine: string): Promise<void> {
    const hardware = { memory: 512, scsi0: 'local-zfs:4' };
    const mark = { description: `clusterwright: ${randomUUID()}/${randomUUID()}`, tags: 'clusterwright' };
    for (const [vm, config] of [
      [ELSEWHERE, { name: 'elsewhere-server-1', ...mark }],
      [NAMESAKE, { name: machine, description: 'made by hand' }],
    ] as const) {
      const smbios1 = `uuid=${randomUUID()}`;
      await this.ended(await this.client.createVm(vm, { ...hardware, smbios1, ...config }));
    }
    const content = new TextEncoder().encode('somebody else’s');
    const sha256 = createHash('sha256').update(content).digest('hex');
    await this.ended(await this.client.uploadIso({ ...MEDIUM, content, sha256 }));
    this.untouched = await this.state([]);
  }

  /** Whether it was there before us. */
  has(vmid: number): boolean {
    return vmid === ELSEWHERE.vmid || vmid === NAMESAKE.vmid;
  }

  /** @param late VMs that strangers made meanwhile. @returns what is there and should not be, or the other way round. */
  async violations(late: readonly number[]): Promise<string[]> {
    const { vms } = this.simulator.inspect();
    const missing = late.filter((vmid) => !vms.some((vm) => vm.vmid === vmid && vm.name === 'stranger'));
    const [before, now] = [new Set(this.untouched), new Set(await this.state(late))];
    return [
      ...missing.map((vmid) => `${LOST}VM ${vmid} of a stranger`),
      ...[...before].filter((thing) => !now.has(thing)).map((thing) => `${LOST}${thing}`),
      ...[...now].filter((thing) => !before.has(thing)).map((thing) => `is left: ${thing}`),
    ];
  }

  /** One line for each thing that there is but downloaded images, which stay for whoever needs them next. */
  private async state(late: readonly number[]): Promise<string[]> {
    const { vms, volumes, isos, runningTasks } = this.simulator.inspect();
    const configs = await Promise.all(
      [...TEMPLATES, ELSEWHERE, NAMESAKE].map(async (vm) => [
        vm.vmid,
        // One that is gone has none.
        await this.client.vmConfig(vm).catch(() => null),
      ]),
    );
    const ours = vms.filter(({ vmid, name }) => name !== 'stranger' || !late.includes(vmid));
    const files = [...volumes, ...isos].filter(({ volid }) => !DOWNLOADED.test(volid));
    return [...ours, ...files, ...runningTasks, ...configs].map((thing) => JSON.stringify(thing));
  }

  private async ended(upid: string): Promise<void> {
    while ((await this.client.taskStatus(upid)).status !== 'stopped') await new Promise(setImmediate);
  }
}
