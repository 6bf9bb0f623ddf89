/** How far cloud-init has come in this boot, and what went wrong: for `cloud-init status` and its files. */
import type { DiskTree } from '../disk/disk-tree.js';
import { putFile } from '../disk/root-files.js';

export type CloudInitStatus = 'not started' | 'running' | 'done' | 'error' | 'disabled';
export type Stage = 'init-local' | 'init' | 'modules-config' | 'modules-final';

interface StageRecord {
  readonly start: number;
  finished: number | null;
  readonly errors: string[];
  readonly recoverable_errors: { WARNING?: string[] };
}

const DATASOURCE = 'DataSourceNoCloud [seed=/dev/sr0]';

export class CloudInitReport {
  readonly whenOver: Promise<void>;
  private readonly disk: DiskTree;
  private readonly stages = new Map<Stage, StageRecord>();
  private current: Stage | null = null;
  private isDisabled = false;
  private isOver = false;
  private lastUpdate = Date.now();
  private announce: () => void = () => {};

  constructor(disk: DiskTree) {
    this.disk = disk;
    this.whenOver = new Promise((resolve) => (this.announce = resolve));
  }

  get status(): CloudInitStatus {
    if (this.isDisabled) return 'disabled';
    if (this.stages.size === 0) return 'not started';
    if (!this.isOver) return 'running';
    return this.errors().length > 0 ? 'error' : 'done';
  }

  /** There is no datasource: nothing is done in this boot. */
  disable(): void {
    this.isDisabled = true;
    this.announce();
  }

  begin(stage: Stage): void {
    this.endStage();
    this.current = stage;
    this.stages.set(stage, { start: seconds(), finished: null, errors: [], recoverable_errors: {} });
    this.write();
  }

  fail(error: string): void {
    this.record()?.errors.push(error);
    this.write();
  }

  warn(warning: string): void {
    const record = this.record();
    if (record !== undefined) (record.recoverable_errors.WARNING ??= []).push(warning);
    this.write();
  }

  end(): void {
    this.endStage();
    this.current = null;
    this.isOver = true;
    this.write();
    const result = { v1: { datasource: DATASOURCE, errors: this.errors() } };
    putFile(this.disk, '/run/cloud-init/result.json', `${JSON.stringify(result, null, 1)}\n`);
    putFile(this.disk, '/var/lib/cloud/data/result.json', `${JSON.stringify(result, null, 1)}\n`);
    this.announce();
  }

  errors(): string[] {
    return [...this.stages.values()].flatMap(({ errors }) => errors);
  }

  warnings(): string[] {
    return [...this.stages.values()].flatMap(({ recoverable_errors: { WARNING = [] } }) => WARNING);
  }

  /** https://docs.cloud-init.io/en/latest/explanation/return_codes.html */
  exitCode(): number {
    if (this.errors().length > 0) return 1;
    return this.warnings().length > 0 ? 2 : 0;
  }

  /** As `cloud-init status --format json` has it. */
  json(): Record<string, unknown> {
    const { status } = this;
    const isDegraded = this.warnings().length > 0 && (status === 'done' || status === 'running');
    return {
      boot_status_code: this.isDisabled ? 'disabled-by-generator' : 'enabled-by-generator',
      datasource: this.isDisabled ? '' : 'nocloud',
      detail: this.isDisabled ? 'Cloud-init disabled by cloud-init-generator' : DATASOURCE,
      errors: this.errors(),
      extended_status: isDegraded ? `degraded ${status}` : status,
      ...Object.fromEntries(this.stages),
      last_update: new Date(this.lastUpdate).toUTCString().replace('GMT', '+0000'),
      recoverable_errors: this.recoverable(),
      stage: this.current,
      status,
    };
  }

  recoverable(): { WARNING?: string[] } {
    const warnings = this.warnings();
    return warnings.length === 0 ? {} : { WARNING: warnings };
  }

  private record(): StageRecord | undefined {
    return this.current === null ? undefined : this.stages.get(this.current);
  }

  private endStage(): void {
    const record = this.record();
    if (record !== undefined) record.finished = seconds();
  }

  private write(): void {
    this.lastUpdate = Date.now();
    const status = {
      v1: { datasource: DATASOURCE, ...Object.fromEntries(this.stages), stage: this.current },
    };
    putFile(this.disk, '/run/cloud-init/status.json', `${JSON.stringify(status, null, 1)}\n`);
  }
}

function seconds(): number {
  return Date.now() / 1_000;
}
