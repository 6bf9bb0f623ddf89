/** systemd of one boot: the units that are installed, and what of them runs. */
import { posix } from 'node:path';
import type { DiskTree } from '../disk/disk-tree.js';
import { ROOT } from '../disk/inode.js';
import { isThere, listNames, makeDirectory, readText } from '../disk/root-files.js';
import { Service, type JobResult, type ServiceHost, type ServiceProcess } from './service.js';
import { loadUnit, unitName, type Unit } from './unit-file.js';

export type EnabledState = 'enabled' | 'disabled' | 'static';

const CONFIGURED = '/etc/systemd/system';
const BOOT_TARGET = 'multi-user.target';

export class Services {
  private readonly disk: DiskTree;
  private readonly host: ServiceHost;
  private readonly running = new Map<string, Service>();

  constructor(disk: DiskTree, host: ServiceHost) {
    this.disk = disk;
    this.host = host;
  }

  unit(name: string): Unit | undefined {
    return loadUnit(this.disk, name);
  }

  /** The service of a unit, also where its file has gone since. */
  service(name: string): Service | undefined {
    return this.running.get(this.unit(name)?.name ?? unitName(name));
  }

  start(unit: Unit): Promise<JobResult> {
    const unmet = this.unmetCondition(unit);
    if (unmet !== undefined) {
      const reason = `unmet condition check (${unmet})`;
      this.host.log(
        unit,
        'systemd[1]',
        `${unit.name} - ${unit.description} was skipped because of an ${reason}.`,
      );
      return Promise.resolve('done');
    }
    let service = this.running.get(unit.name);
    if (service === undefined) {
      service = new Service(unit, this.host);
      this.running.set(unit.name, service);
    }
    return service.start(unit);
  }

  private unmetCondition({ pathConditions, contentConditions }: Unit): string | undefined {
    const path = pathConditions.find((condition) => !this.isMet(condition));
    if (path !== undefined) return `ConditionPathExists=${path}`;
    const empty = contentConditions.find((file) => (readText(this.disk, file) ?? '') === '');
    return empty === undefined ? undefined : `ConditionFileNotEmpty=${empty}`;
  }

  private isMet(condition: string): boolean {
    const isNegated = condition.startsWith('!');
    return isThere(this.disk, isNegated ? condition.slice(1) : condition) !== isNegated;
  }

  async stop(name: string): Promise<void> {
    await this.service(name)?.stop();
  }

  async restart(unit: Unit): Promise<JobResult> {
    await this.stop(unit.name);
    return this.start(unit);
  }

  /** @returns `undefined` for a service that is not up. */
  reload(unit: Unit): Promise<JobResult> | undefined {
    const service = this.running.get(unit.name);
    return service?.state === 'active' ? service.reload(unit) : undefined;
  }

  /** The main programs that run, oldest first. */
  processes(): readonly ServiceProcess[] {
    const all = [...this.running.values()].flatMap((service) => service.process() ?? []);
    return all.sort((a, b) => a.pid - b.pid);
  }

  /** @returns what `systemctl enable` prints: nothing when it was enabled. */
  enable(unit: Unit): string[] {
    const made: string[] = [];
    for (const target of unit.wantedBy) {
      const folder = posix.join(CONFIGURED, `${target}.wants`);
      const link = posix.join(folder, unit.name);
      if (isThere(this.disk, link)) continue;
      makeDirectory(this.disk, folder);
      // What is left of a unit that was removed without being disabled.
      if (listNames(this.disk, folder).includes(unit.name)) this.disk.remove(link, ROOT);
      this.disk.symlink(unit.path, link, ROOT);
      made.push(`Created symlink ${link} → ${unit.path}.`);
    }
    return made;
  }

  disable(name: string): string[] {
    const removed: string[] = [];
    for (const folder of listNames(this.disk, CONFIGURED).filter((entry) => entry.endsWith('.wants'))) {
      const path = posix.join(CONFIGURED, folder);
      if (!listNames(this.disk, path).includes(unitName(name))) continue;
      const link = posix.join(path, unitName(name));
      this.disk.remove(link, ROOT);
      removed.push(`Removed "${link}".`);
    }
    return removed;
  }

  enabledState(unit: Unit): EnabledState {
    if (unit.wantedBy.length === 0) return 'static';
    const isEnabled = unit.wantedBy.some((target) =>
      isThere(this.disk, posix.join(CONFIGURED, `${target}.wants`, unit.name)),
    );
    return isEnabled ? 'enabled' : 'disabled';
  }

  /** What is enabled comes up, each for itself. */
  startEnabled(): void {
    for (const name of listNames(this.disk, posix.join(CONFIGURED, `${BOOT_TARGET}.wants`))) {
      const unit = this.unit(name);
      if (unit !== undefined) void this.start(unit);
    }
  }

  list(): { readonly name: string; readonly service: Service }[] {
    return [...this.running].map(([name, service]) => ({ name, service }));
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.running.values()].map((service) => service.stop()));
  }

  kill(): void {
    for (const service of this.running.values()) service.kill();
  }
}
