/** A target of the contract with a workshop on it, made anew for each test, and what tests do by hand. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { VmConfig } from '../../../activities/proxmox/records.js';
import { perform, aWorkshop, type ReservedMachine, type Workshop } from './workshop.js';
import type { Capabilities, ContractTarget } from './target.js';

export const TIMEOUT_MS = 600_000;

export function check(title: string, body: () => Promise<void>): void {
  test(title, body, TIMEOUT_MS);
}

export function checkIf(has: boolean): typeof check {
  return has ? check : (title) => test.skip(title, () => {});
}

export class ContractUnderTest {
  readonly capabilities: Capabilities;
  target!: ContractTarget;
  shop!: Workshop;

  /** Starts and ends with the tests around it. */
  constructor(capabilities: Capabilities, start: () => Promise<ContractTarget>) {
    this.capabilities = capabilities;
    beforeAll(async () => {
      this.target = await start();
    }, TIMEOUT_MS);
    beforeEach(async () => {
      this.shop = await aWorkshop(this.target);
    });
    afterEach(async () => {
      await this.shop.close();
    }, TIMEOUT_MS);
    afterAll(async () => {
      await this.target.close();
    });
  }

  async configured(): Promise<ReservedMachine> {
    const reserved = await this.shop.machine();
    await perform(() => this.shop.activities.claimVm(reserved));
    await perform(() => this.shop.activities.uploadSeed(reserved.seed));
    await perform(() => this.shop.activities.configureVm(reserved));
    return reserved;
  }

  async configOf({ identity }: ReservedMachine): Promise<VmConfig> {
    return this.shop.client.vmConfig({ host: this.target.template.host, vmid: identity.vmid });
  }

  async vmids(): Promise<number[]> {
    return (await this.shop.client.vms()).map(({ vmid }) => vmid);
  }

  async isoNames(): Promise<string[]> {
    const { template, isoStorage } = this.target;
    const isos = await this.shop.client.volumes({ host: template.host, storage: isoStorage, content: 'iso' });
    return isos.map(({ volid }) => volid);
  }

  /** A VM of somebody else. */
  async stranger(vmid: number): Promise<void> {
    const { template } = this.target;
    const clone = {
      newid: vmid,
      name: 'stranger',
      description: 'not yours',
      full: true,
      storage: template.storage,
    };
    await this.settled(await this.shop.client.cloneVm({ host: template.host, vmid: template.vmid }, clone));
  }

  async settled(upid: string | null): Promise<void> {
    if (upid === null) return;
    while ((await this.shop.client.taskStatus(upid)).status === 'running') await new Promise(setImmediate);
    expect(await this.shop.client.taskStatus(upid)).toMatchObject({
      exitstatus: expect.stringMatching(/^OK|^WARNINGS/),
    });
  }

  async destroyByHand(vmid: number): Promise<void> {
    const vm = { host: this.target.template.host, vmid };
    const { protection } = await this.shop.client.vmConfig(vm);
    if (protection !== undefined)
      await this.settled(await this.shop.client.changeConfig(vm, { protection: 0 }));
    await this.settled(await this.shop.client.destroyVm(vm));
  }
}
