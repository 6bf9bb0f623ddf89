/** The state of the simulated cluster, and its way to disk and back. */
import { randomUUID } from 'node:crypto';
import type { LabState } from '../state.js';
import { labImageNamed } from '../images/lab-images.js';
import type { LabFile, LabInventory, LabTemplate } from './lab-inventory.js';
import { randomMac } from './nic.js';
import type { TaskRecord, VmRecord, VolumeRecord } from './records.js';

const STATE_KEY = 'proxmox';
const GIB = 2 ** 30;

interface WorldSnapshot {
  readonly vms: readonly VmRecord[];
  readonly volumes: readonly VolumeRecord[];
  readonly tasks: readonly TaskRecord[];
  readonly nextPid: number;
}

export class World {
  readonly vms = new Map<number, VmRecord>();
  /** By the volume's id. */
  readonly volumes = new Map<string, VolumeRecord>();
  /** By UPID, oldest first. */
  readonly tasks = new Map<string, TaskRecord>();
  private nextPid = 100_000;
  private frozen = false;
  private readonly state: LabState;

  /** Loads what was kept, or begins with the inventory's templates. */
  constructor(state: LabState, inventory: LabInventory) {
    this.state = state;
    const kept = state.load<WorldSnapshot>(STATE_KEY);
    if (kept === undefined) {
      for (const template of inventory.templates) this.addTemplate(template, inventory);
      for (const file of inventory.files ?? []) this.addFile(file, inventory);
      this.save();
      return;
    }
    for (const vm of kept.vms) this.vms.set(vm.vmid, vm);
    for (const volume of kept.volumes) this.volumes.set(volume.id, volume);
    for (const task of kept.tasks) this.tasks.set(task.upid, task);
    this.nextPid = kept.nextPid;
  }

  putVm(vm: VmRecord): void {
    this.vms.set(vm.vmid, vm);
    this.save();
  }

  /** Changes some fields of a VM that exists; one that is gone stays gone. */
  patchVm(vmid: number, changes: Partial<VmRecord>): void {
    const vm = this.vms.get(vmid);
    if (vm !== undefined) this.putVm({ ...vm, ...changes });
  }

  removeVm(vmid: number): void {
    this.vms.delete(vmid);
    this.save();
  }

  putVolume(volume: VolumeRecord): void {
    this.volumes.set(volume.id, volume);
    this.save();
  }

  removeVolume(id: string): void {
    this.volumes.delete(id);
    this.save();
  }

  putTask(task: TaskRecord): void {
    this.tasks.set(task.upid, task);
    this.save();
  }

  takePid(): number {
    this.nextPid += 1;
    return this.nextPid;
  }

  save(): void {
    if (!this.frozen) this.state.save(STATE_KEY, () => this.snapshot());
  }

  /** Writes what is unwritten at once: an answer must not be ahead of what a restart remembers. */
  flush(): void {
    if (!this.frozen) this.state.flush();
  }

  /** From here on nothing is kept any more: the simulator was closed. */
  freeze(): void {
    this.flush();
    this.frozen = true;
  }

  private snapshot(): WorldSnapshot {
    return {
      vms: [...this.vms.values()],
      volumes: [...this.volumes.values()],
      tasks: [...this.tasks.values()],
      nextPid: this.nextPid,
    };
  }

  private addFile({ hosts, storage, content, name }: LabFile, inventory: LabInventory): void {
    const shared = inventory.storages.some(({ id, shared: isShared }) => id === storage && isShared);
    for (const node of shared ? [null] : hosts) {
      const id = randomUUID();
      this.volumes.set(id, {
        storage,
        node,
        name: `${content}/${name}`,
        content,
        format: name.split('.').at(-1) ?? 'raw',
        vmid: null,
        sizeBytes: labImageNamed(name)?.bytes.length ?? 0,
        ctime: Math.floor(Date.now() / 1_000),
        parent: null,
        id,
        image: name,
      });
    }
  }

  private addTemplate(template: LabTemplate, inventory: LabInventory): void {
    const disk = `base-${template.vmid}-disk-0`;
    const shared = inventory.storages.some((storage) => storage.id === template.storage && storage.shared);
    const volume: VolumeRecord = {
      storage: template.storage,
      node: shared ? null : template.host,
      name: disk,
      content: 'images',
      format: 'raw',
      vmid: template.vmid,
      sizeBytes: template.diskGiB * GIB,
      ctime: Math.floor(Date.now() / 1_000),
      parent: null,
      id: randomUUID(),
      image: template.name,
    };
    this.volumes.set(volume.id, volume);
    this.vms.set(template.vmid, {
      vmid: template.vmid,
      node: template.host,
      config: {
        agent: '1',
        boot: 'order=scsi0',
        cores: '2',
        cpu: 'x86-64-v2-AES',
        memory: '2048',
        name: template.name,
        net0: `virtio=${randomMac()},bridge=vmbr0`,
        ostype: 'l26',
        scsi0: `${template.storage}:${disk},size=${template.diskGiB}G`,
        scsihw: 'virtio-scsi-pci',
        serial0: 'socket',
        smbios1: `uuid=${randomUUID()}`,
        tags: 'template',
        template: '1',
        vga: 'serial0',
        vmgenid: randomUUID(),
      },
      pending: {},
      pendingDelete: [],
      pool: null,
      startedAt: null,
    });
  }
}
