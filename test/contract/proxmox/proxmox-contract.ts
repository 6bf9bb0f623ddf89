/** What the activities promise on any Proxmox VE server. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createProxmoxClient } from '../../../activities/proxmox/client.js';
import { parseProperties } from '../../../activities/proxmox/property-string.js';
import type { VmConfig } from '../../../activities/proxmox/records.js';
import { PLAIN_MACHINE } from '../../builders/machine.js';
import { attempt, aWorkshop, perform, type ReservedMachine, type Workshop } from './workshop.js';
import type { Capabilities, ContractTarget } from './target.js';
import type { FirewallRule } from '../../../domain/firewall.js';
import { macOf } from '../../../domain/machine.js';
import type { PlannedInterface } from '../../../domain/plan.js';

const TIMEOUT_MS = 600_000;

const PUBLIC: PlannedInterface = {
  ...{ name: 'public', bridge: 'vmbr0', vlan: 3, mtu: null },
  ...{ address: '10.1.3.10', prefixLength: 24, gateway: null },
};
const STORAGE: PlannedInterface = {
  ...PUBLIC,
  name: 'storage',
  vlan: null,
  mtu: 9_000,
  address: '10.9.0.10',
};

function aRule(change: Partial<FirewallRule>): FirewallRule {
  return {
    ...{ direction: 'IN', action: 'ACCEPT', protocol: 'TCP', ports: [] },
    ...{ source: null, destination: null, comment: 'contract' },
    ...change,
  };
}

/** @param capabilities known before the target is up, because they decide which tests there are. */
export function proxmoxContract(
  name: string,
  capabilities: Capabilities,
  start: () => Promise<ContractTarget>,
): void {
  describe(`the Proxmox activities on ${name}`, () => {
    let target: ContractTarget;
    let shop: Workshop;

    beforeAll(async () => {
      target = await start();
    }, TIMEOUT_MS);
    beforeEach(async () => {
      shop = await aWorkshop(target);
    });
    afterEach(async () => {
      await shop.close();
    }, TIMEOUT_MS);
    afterAll(async () => {
      await target.close();
    });

    const check = (title: string, body: () => Promise<void>): void => test(title, body, TIMEOUT_MS);
    const checkIf = (has: boolean) => (has ? check : (title: string) => test.skip(title, () => {}));

    async function configured(): Promise<ReservedMachine> {
      const reserved = await shop.machine();
      await perform(() => shop.activities.claimVm(reserved));
      await perform(() => shop.activities.uploadSeed(reserved.seed));
      await perform(() => shop.activities.configureVm(reserved));
      return reserved;
    }

    async function configOf({ identity }: ReservedMachine): Promise<VmConfig> {
      return shop.client.vmConfig({ host: target.template.host, vmid: identity.vmid });
    }

    async function vmids(): Promise<number[]> {
      return (await shop.client.vms()).map(({ vmid }) => vmid);
    }

    async function isoNames(): Promise<string[]> {
      const { template, isoStorage } = target;
      const isos = await shop.client.volumes({ host: template.host, storage: isoStorage, content: 'iso' });
      return isos.map(({ volid }) => volid);
    }

    /** A VM of somebody else. */
    async function stranger(vmid: number): Promise<void> {
      const { template } = target;
      const clone = {
        newid: vmid,
        name: 'stranger',
        description: 'not yours',
        full: true,
        storage: template.storage,
      };
      await settled(await shop.client.cloneVm({ host: template.host, vmid: template.vmid }, clone));
    }

    async function settled(upid: string | null): Promise<void> {
      if (upid === null) return;
      while ((await shop.client.taskStatus(upid)).status === 'running') await new Promise(setImmediate);
      expect(await shop.client.taskStatus(upid)).toMatchObject({
        exitstatus: expect.stringMatching(/^OK|^WARNINGS/),
      });
    }

    async function destroyByHand(vmid: number): Promise<void> {
      const vm = { host: target.template.host, vmid };
      const { protection } = await shop.client.vmConfig(vm);
      if (protection !== undefined) await settled(await shop.client.changeConfig(vm, { protection: 0 }));
      await settled(await shop.client.destroyVm(vm));
    }

    check('the inventory has the template, its host with its bridges, and both storages', async () => {
      const { template, isoStorage } = target;

      const inventory = await perform(() => shop.activities.observeInventory({}));

      const host = inventory.hosts.find((candidate) => candidate.name === template.host);
      expect(host).toMatchObject({
        online: true,
        cores: expect.any(Number),
        bridges: expect.arrayContaining([expect.objectContaining({ name: 'vmbr0' })]),
      });
      expect(host?.memoryMiB).toBeGreaterThan(0);
      expect(inventory.templates).toContainEqual(template);
      expect(inventory.vmids).toContain(template.vmid);
      const storage = (of: string) =>
        inventory.storages.find((candidate) => candidate.host === template.host && candidate.name === of);
      expect(storage(isoStorage)?.content).toContain('iso');
      expect(storage(template.storage)?.content).toContain('images');
    });

    check('a machine is made, runs, loses its medium and is removed without a trace', async () => {
      const { activities, clusterUid, cluster } = shop;
      const reserved = await shop.machine();
      const { identity } = reserved;

      const claimed = await perform(() => activities.claimVm(reserved));
      const { volume } = await perform(() => activities.uploadSeed(reserved.seed));
      await perform(() => activities.configureVm(reserved));
      await perform(() => activities.startVm({ identity }));
      const running = await shop.client.vmStatus({ host: claimed.host, vmid: claimed.vmid });
      const withMedium = await isoNames();
      await perform(() => activities.detachSeed({ identity }));
      const withoutMedium = await isoNames();
      await perform(() => activities.removeVm({ identity }));

      expect(claimed).toEqual({ vmid: identity.vmid, host: target.template.host });
      expect(running.status).toBe('running');
      expect(withMedium).toContain(volume);
      expect(withoutMedium).not.toContain(volume);
      expect(await vmids()).not.toContain(identity.vmid);
      expect(await shop.ledger.get(identity.uuid)).toMatchObject({ state: 'removed', seedVolume: null });
      await perform(() => activities.verifyNothingLeft({ clusterUid, cluster }));
    });

    check('a configured VM is as it was planned', async () => {
      const reserved = await configured();
      const { identity, machine } = reserved;

      const config = await configOf(reserved);

      expect(config.name).toBe(identity.name);
      const sizes = ['cores', 'sockets', 'memory', 'balloon', 'cpu', 'onboot'].map((option) =>
        String(config[option]),
      );
      expect(sizes).toEqual(['3', '1', '3072', '0', 'x86-64-v2-AES', '1']);
      expect(config.tags?.split(';').toSorted()).toEqual(
        ['clusterwright', `cw-${shop.cluster}`, 'edge'].toSorted(),
      );
      expect(parseProperties(String(config['smbios1']), 'uuid').get('uuid')).toBe(identity.uuid);
      expect(Object.fromEntries(parseProperties(String(config['net0']), 'model'))).toEqual({
        virtio: identity.mac,
        bridge: machine.network.bridge,
        tag: '107',
      });
      expect(parseProperties(String(config['ide2']), 'file').get('media')).toBe('cdrom');
      expect(config.description).toContain('purpose: contract');
      expect(String(config['protection'])).toBe('1');
      expect(await shop.ledger.get(identity.uuid)).toMatchObject({ state: 'done', upid: null });
    });

    check('every interface has its bridge, VLAN and MTU, and one that is not wanted goes', async () => {
      const reserved = await shop.machine({ interfaces: [PUBLIC, STORAGE] });
      const { identity } = reserved;
      const vm = { host: target.template.host, vmid: identity.vmid };
      await perform(() => shop.activities.claimVm(reserved));
      await settled(await shop.client.changeConfig(vm, { net5: 'virtio,bridge=vmbr0' }));
      await perform(() => shop.activities.uploadSeed(reserved.seed));

      await perform(() => shop.activities.configureVm(reserved));
      await perform(() => shop.activities.configureVm(reserved));

      const config = await configOf(reserved);
      const device = (slot: string) => Object.fromEntries(parseProperties(String(config[slot]), 'model'));
      expect(device('net0')).toEqual({ virtio: identity.mac, bridge: 'vmbr0', tag: '107' });
      expect(device('net1')).toEqual({ virtio: macOf(identity.uuid, 1), bridge: 'vmbr0', tag: '3' });
      expect(device('net2')).toEqual({ virtio: macOf(identity.uuid, 2), bridge: 'vmbr0', mtu: '9000' });
      expect(Object.keys(config).filter((option) => /^net\d/.test(option))).toHaveLength(3);
    });

    checkIf(capabilities.hasFirewalls)('a firewall has the planned rules in their order', async () => {
      const firewall = [aRule({ ports: ['22', '30000:32767'] }), aRule({ protocol: 'ANY', action: 'DROP' })];
      const reserved = await shop.machine({ firewall });
      await perform(() => shop.activities.claimVm(reserved));
      await perform(() => shop.activities.uploadSeed(reserved.seed));
      await perform(() => shop.activities.configureVm(reserved));

      await perform(() => shop.activities.applyFirewall(reserved));
      await perform(() => shop.activities.applyFirewall(reserved));

      const vm = { host: target.template.host, vmid: reserved.identity.vmid };
      expect(String((await configOf(reserved))['net0'])).toContain('firewall=1');
      expect(await shop.client.vmFirewallOptions(vm)).toMatchObject({ enable: 1, dhcp: 1 });
      expect(await shop.client.vmFirewallRules(vm)).toEqual([
        expect.objectContaining({
          pos: 0,
          type: 'in',
          action: 'ACCEPT',
          proto: 'tcp',
          dport: '22,30000:32767',
        }),
        expect.objectContaining({ pos: 1, type: 'in', action: 'DROP', comment: 'contract' }),
      ]);
    });

    checkIf(capabilities.resizesDisks)(
      'a disk grows to the size that was planned, and not again',
      async () => {
        const reserved = await shop.machine({ diskGiB: target.template.diskGiB + 3 });
        await perform(() => shop.activities.claimVm(reserved));
        await perform(() => shop.activities.uploadSeed(reserved.seed));

        await perform(() => shop.activities.configureVm(reserved));
        await perform(() => shop.activities.configureVm(reserved));

        expect(Object.values(await configOf(reserved))).toContainEqual(
          expect.stringMatching(new RegExp(`size=${target.template.diskGiB + 3}G`)),
        );
      },
    );

    check('what is to be fetched is named in the SMBIOS, until it is cleaned up', async () => {
      const { activities } = shop;
      const reserved = await shop.machine({ boot: { ...PLAIN_MACHINE.boot, delivery: 'NETWORK' } });
      const { identity, machine } = reserved;
      const { sshAuthorizedKeys, packages, runCmd, environment, user } = reserved.seed;
      const login = { sshAuthorizedKeys, packages, runCmd, environment, user };
      await perform(() => activities.prepareBoot({ identity, machine, login }));
      await perform(() => activities.claimVm(reserved));
      await perform(() => activities.configureVm(reserved));
      await perform(() => activities.validateBoot({ identity, machine, login }));
      const before = parseProperties(String((await configOf(reserved))['smbios1']), 'uuid');

      await perform(() => activities.cleanUpBoot({ identity, machine }));

      const after = parseProperties(String((await configOf(reserved))['smbios1']), 'uuid');
      expect(Buffer.from(before.get('serial') ?? '', 'base64').toString()).toMatch(/^ds=nocloud-net;s=http/);
      expect([before.get('uuid'), before.get('base64')]).toEqual([identity.uuid, '1']);
      expect([...after]).toEqual([['uuid', identity.uuid]]);
    });

    check('each activity that is run again changes nothing', async () => {
      const reserved = await configured();
      const { identity } = reserved;
      await perform(() => shop.activities.startVm({ identity }));
      const before = await configOf(reserved);
      const isosBefore = await isoNames();

      const claimed = await perform(() => shop.activities.claimVm(reserved));
      await perform(() => shop.activities.uploadSeed(reserved.seed));
      await perform(() => shop.activities.configureVm(reserved));
      await perform(() => shop.activities.startVm({ identity }));

      expect(claimed.vmid).toBe(identity.vmid);
      expect(await configOf(reserved)).toEqual(before);
      expect(await isoNames()).toEqual(isosBefore);
    });

    check('a VM that was made before is found by a worker that knows nothing of it', async () => {
      const reserved = await shop.machine();
      await perform(() => shop.activities.claimVm(reserved));
      await shop.ledger.update(reserved.identity.uuid, { state: 'intent', upid: null });
      const before = await vmids();

      const claimed = await perform(() => shop.others.claimVm(reserved));

      expect(claimed.vmid).toBe(reserved.identity.vmid);
      expect(await vmids()).toEqual(before);
    });

    check('two workers that claim one machine at once get one VM', async () => {
      const reserved = await shop.machine();
      const before = await vmids();

      const claims = await Promise.all([
        perform(() => shop.activities.claimVm(reserved)),
        perform(() => shop.others.claimVm(reserved)),
      ]);

      expect(claims[0]).toEqual(claims[1]);
      expect((await vmids()).length).toBe(before.length + 1);
    });

    check('a VMID that a stranger has taken is left alone, and another one is used', async () => {
      const reserved = await shop.machine();
      const taken = reserved.identity.vmid;
      await stranger(taken);
      try {
        const before = await configOf(reserved);

        const claimed = await perform(() => shop.activities.claimVm(reserved));

        expect(claimed.vmid).not.toBe(taken);
        expect(await shop.ledger.get(reserved.identity.uuid)).toMatchObject({
          vmid: claimed.vmid,
          state: 'observed',
        });
        expect(await configOf(reserved)).toEqual(before);
      } finally {
        await destroyByHand(taken);
      }
    });

    check('a template that is not there under its name is refused', async () => {
      const { template } = target;
      const reserved = await shop.machine({
        source: { ...template, kind: 'clone', name: 'another-template', fullClone: true },
      });

      const claiming = attempt(() => shop.activities.claimVm(reserved));

      await expect(claiming).rejects.toMatchObject({ code: 'TEMPLATE_NOT_FOUND' });
      expect(await vmids()).not.toContain(reserved.identity.vmid);
    });

    describe('a VM that cannot be proved to be ours', () => {
      async function tampered(change: Readonly<Record<string, string>>): Promise<ReservedMachine> {
        const reserved = await configured();
        await settled(
          await shop.client.changeConfig(
            { host: target.template.host, vmid: reserved.identity.vmid },
            change,
          ),
        );
        return reserved;
      }

      test.each([
        ['has another UUID', { smbios1: `uuid=${randomUUID()}` }],
        ['has another name', { name: 'renamed' }],
        ['has lost its mark', { description: 'mine now' }],
        ['has lost its tag', { tags: 'mine' }],
      ])(
        'because it %s is not touched',
        async (_what, change) => {
          const reserved = await tampered(change);
          const { identity } = reserved;
          const before = await configOf(reserved);

          for (const act of [
            () => shop.activities.configureVm(reserved),
            () => shop.activities.startVm({ identity }),
            () => shop.activities.detachSeed({ identity }),
            () => shop.activities.removeVm({ identity }),
          ]) {
            await expect(attempt<unknown>(act)).rejects.toMatchObject({ code: 'IDENTITY_MISMATCH' });
          }

          expect(await configOf(reserved)).toEqual(before);
          await destroyByHand(identity.vmid);
        },
        TIMEOUT_MS,
      );
    });

    check('a machine that was never made is removed, as often as it is asked for', async () => {
      const { identity } = await shop.machine();

      await perform(() => shop.activities.removeVm({ identity }));
      await perform(() => shop.activities.removeVm({ identity }));

      expect(await shop.ledger.get(identity.uuid)).toMatchObject({ state: 'removed' });
    });

    check('a machine that was claimed but never configured is removed', async () => {
      const reserved = await shop.machine();
      await perform(() => shop.activities.claimVm(reserved));

      await perform(() => shop.activities.removeVm({ identity: reserved.identity }));

      expect(await vmids()).not.toContain(reserved.identity.vmid);
    });

    check('a running machine is stopped and removed with its medium', async () => {
      const reserved = await configured();
      const { identity } = reserved;
      await perform(() => shop.activities.startVm({ identity }));

      await perform(() => shop.activities.removeVm({ identity }));

      expect(await vmids()).not.toContain(identity.vmid);
      expect((await isoNames()).filter((volid) => volid.includes(identity.uuid))).toEqual([]);
    });

    check('a machine that was removed is not made again', async () => {
      const reserved = await shop.machine();
      await perform(() => shop.activities.removeVm({ identity: reserved.identity }));

      const claiming = attempt(() => shop.activities.claimVm(reserved));

      await expect(claiming).rejects.toMatchObject({ code: 'IDENTITY_MISMATCH' });
    });

    check('another medium takes the place of the one before', async () => {
      const { seed } = await shop.machine();
      const first = await perform(() => shop.activities.uploadSeed(seed));

      const second = await perform(() => shop.activities.uploadSeed({ ...seed, runCmd: ['false'] }));

      const names = await isoNames();
      expect(names).toContain(second.volume);
      expect(names).not.toContain(first.volume);
    });

    check('what is left of a cluster is named', async () => {
      const { vmid, uuid } = (await configured()).identity;
      const { clusterUid, cluster } = shop;

      const verifying = attempt(() => shop.activities.verifyNothingLeft({ clusterUid, cluster }));

      await expect(verifying).rejects.toMatchObject({
        code: 'RESIDUE_LEFT',
        message: expect.stringMatching(
          new RegExp(`VM ${vmid} .*; disk .*vm-${vmid}-.*; medium .*cw-${uuid}`),
        ),
      });
    });

    checkIf(capabilities.knowsTakenVmids)('a VMID that is taken is told from one that is free', async () => {
      const asking = shop.client.assertVmidFree(target.template.vmid);

      await expect(asking).rejects.toMatchObject({ code: 'VMID_TAKEN' });
    });

    check('a token that the server does not know is refused', async () => {
      const token = `${target.token.slice(0, target.token.indexOf('='))}=${randomUUID()}`;
      const client = createProxmoxClient({ endpoints: [target], token });

      await expect(client.nodes()).rejects.toMatchObject({ code: 'PROXMOX_UNAUTHENTICATED' });

      await client.close();
    });

    check('a certificate that is not the pinned one is refused', async () => {
      const trust = { kind: 'fingerprint', sha256: 'ab'.repeat(32) } as const;
      const client = createProxmoxClient({ endpoints: [{ url: target.url, trust }], token: target.token });

      await expect(client.nodes()).rejects.toMatchObject({ code: 'PROXMOX_CERTIFICATE_MISMATCH' });

      await client.close();
    });
  });
}
