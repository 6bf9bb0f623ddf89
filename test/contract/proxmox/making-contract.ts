/** How machines are found a place, made and booted. */
import { expect } from '@jest/globals';
import { parseProperties } from '../../../activities/proxmox/property-string.js';
import type { FirewallRule } from '../../../domain/firewall.js';
import { macOf } from '../../../domain/machine.js';
import type { PlannedInterface } from '../../../domain/plan.js';
import { PLAIN_MACHINE } from '../../builders/machine.js';
import { check, checkIf, type ContractUnderTest } from './contract-under-test.js';
import { perform } from './workshop.js';

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

export function makingContract(its: ContractUnderTest): void {
  check('the inventory has the template, its host with its bridges, and both storages', async () => {
    const { template, isoStorage } = its.target;

    const inventory = await perform(() => its.shop.activities.observeInventory({}));

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
    const { activities, clusterUid, cluster } = its.shop;
    const reserved = await its.shop.machine();
    const { identity } = reserved;

    const claimed = await perform(() => activities.claimVm(reserved));
    const { volume } = await perform(() => activities.uploadSeed(reserved.seed));
    await perform(() => activities.configureVm(reserved));
    await perform(() => activities.startVm({ identity }));
    const running = await its.shop.client.vmStatus({ host: claimed.host, vmid: claimed.vmid });
    const withMedium = await its.isoNames();
    await perform(() => activities.detachSeed({ identity }));
    const withoutMedium = await its.isoNames();
    await perform(() => activities.removeVm({ identity }));

    expect(claimed).toEqual({ vmid: identity.vmid, host: its.target.template.host });
    expect(running.status).toBe('running');
    expect(withMedium).toContain(volume);
    expect(withoutMedium).not.toContain(volume);
    expect(await its.vmids()).not.toContain(identity.vmid);
    expect(await its.shop.ledger.get(identity.uuid)).toMatchObject({ state: 'removed', seedVolume: null });
    await perform(() => activities.verifyNothingLeft({ clusterUid, cluster }));
  });

  check('a configured VM is as it was planned', async () => {
    const reserved = await its.configured();
    const { identity, machine } = reserved;

    const config = await its.configOf(reserved);

    expect(config.name).toBe(identity.name);
    const sizes = ['cores', 'sockets', 'memory', 'balloon', 'cpu', 'onboot'].map((option) =>
      String(config[option]),
    );
    expect(sizes).toEqual(['3', '1', '3072', '0', 'x86-64-v2-AES', '1']);
    expect(config.tags?.split(';').toSorted()).toEqual(
      ['clusterwright', `cw-${its.shop.cluster}`, 'edge'].toSorted(),
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
    expect(await its.shop.ledger.get(identity.uuid)).toMatchObject({ state: 'done', upid: null });
  });

  check('every interface has its bridge, VLAN and MTU, and one that is not wanted goes', async () => {
    const reserved = await its.shop.machine({ interfaces: [PUBLIC, STORAGE] });
    const { identity } = reserved;
    const vm = { host: its.target.template.host, vmid: identity.vmid };
    await perform(() => its.shop.activities.claimVm(reserved));
    await its.settled(await its.shop.client.changeConfig(vm, { net5: 'virtio,bridge=vmbr0' }));
    await perform(() => its.shop.activities.uploadSeed(reserved.seed));

    await perform(() => its.shop.activities.configureVm(reserved));
    await perform(() => its.shop.activities.configureVm(reserved));

    const config = await its.configOf(reserved);
    const device = (slot: string) => Object.fromEntries(parseProperties(String(config[slot]), 'model'));
    expect(device('net0')).toEqual({ virtio: identity.mac, bridge: 'vmbr0', tag: '107' });
    expect(device('net1')).toEqual({ virtio: macOf(identity.uuid, 1), bridge: 'vmbr0', tag: '3' });
    expect(device('net2')).toEqual({ virtio: macOf(identity.uuid, 2), bridge: 'vmbr0', mtu: '9000' });
    expect(Object.keys(config).filter((option) => /^net\d/.test(option))).toHaveLength(3);
  });

  checkIf(its.capabilities.hasFirewalls)('a firewall has the planned rules in their order', async () => {
    const firewall = [aRule({ ports: ['22', '30000:32767'] }), aRule({ protocol: 'ANY', action: 'DROP' })];
    const reserved = await its.shop.machine({ firewall });
    await perform(() => its.shop.activities.claimVm(reserved));
    await perform(() => its.shop.activities.uploadSeed(reserved.seed));
    await perform(() => its.shop.activities.configureVm(reserved));

    await perform(() => its.shop.activities.applyFirewall(reserved));
    await perform(() => its.shop.activities.applyFirewall(reserved));

    const vm = { host: its.target.template.host, vmid: reserved.identity.vmid };
    expect(String((await its.configOf(reserved))['net0'])).toContain('firewall=1');
    expect(await its.shop.client.vmFirewallOptions(vm)).toMatchObject({ enable: 1, dhcp: 1 });
    expect(await its.shop.client.vmFirewallRules(vm)).toEqual([
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

  checkIf(its.capabilities.resizesDisks)(
    'a disk grows to the size that was planned, and not again',
    async () => {
      const reserved = await its.shop.machine({ diskGiB: its.target.template.diskGiB + 3 });
      await perform(() => its.shop.activities.claimVm(reserved));
      await perform(() => its.shop.activities.uploadSeed(reserved.seed));

      await perform(() => its.shop.activities.configureVm(reserved));
      await perform(() => its.shop.activities.configureVm(reserved));

      expect(Object.values(await its.configOf(reserved))).toContainEqual(
        expect.stringMatching(new RegExp(`size=${its.target.template.diskGiB + 3}G`)),
      );
    },
  );

  check('what is to be fetched is named in the SMBIOS, until it is cleaned up', async () => {
    const { activities } = its.shop;
    const reserved = await its.shop.machine({ boot: { ...PLAIN_MACHINE.boot, delivery: 'NETWORK' } });
    const { identity, machine } = reserved;
    const { sshAuthorizedKeys, packages, runCmd, environment, user } = reserved.seed;
    const login = { sshAuthorizedKeys, packages, runCmd, environment, user };
    await perform(() => activities.prepareBoot({ identity, machine, login }));
    await perform(() => activities.claimVm(reserved));
    await perform(() => activities.configureVm(reserved));
    await perform(() => activities.validateBoot({ identity, machine, login }));
    const before = parseProperties(String((await its.configOf(reserved))['smbios1']), 'uuid');

    await perform(() => activities.cleanUpBoot({ identity, machine }));

    const after = parseProperties(String((await its.configOf(reserved))['smbios1']), 'uuid');
    expect(Buffer.from(before.get('serial') ?? '', 'base64').toString()).toMatch(/^ds=nocloud-net;s=http/);
    expect([before.get('uuid'), before.get('base64')]).toEqual([identity.uuid, '1']);
    expect([...after]).toEqual([['uuid', identity.uuid]]);
  });
}
