import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { installerMedium } from '../../../../lab/guest/live/installer-medium.js';
import type { BootDevice } from '../../../../lab/machine-host.js';
import { DocumentServer, SERVICE_URL } from '../document-server.js';
import { aBlankMachine, aMachine, aSeed, seedDocuments, TestLab, until } from '../lab.js';

const INSTALLER = installerMedium();
const DISK: BootDevice = { kind: 'disk', diskId: 'vm-101-disk-0' };
const CDROM: BootDevice = { kind: 'cdrom', medium: INSTALLER };
const ADDRESS = '10.1.107.101';

let lab: TestLab;

beforeEach(() => {
  lab = new TestLab();
});

afterEach(() => lab.close());

async function consoleWith(line: RegExp): Promise<string[]> {
  return until(async () => {
    const [machine] = lab.guests.inspect().machines;
    return machine?.console.some((each) => line.test(each)) === true && [...machine.console];
  });
}

describe('the boot order', () => {
  test('is gone through until a device has something to boot', async () => {
    const bootOrder = [{ kind: 'cdrom', medium: null }, { kind: 'cdrom', medium: aSeed(1) }, DISK] as const;

    lab.guests.powerOn(aMachine(1, { bootOrder }));
    await lab.login(ADDRESS);

    expect(lab.guests.inspect().machines[0]).toMatchObject({
      bootedFrom: 'disk',
      console: [
        'Booting from DVD/CD...',
        'Boot failed: Could not read from CDROM (code 0009)',
        'Booting from DVD/CD...',
        'Boot failed: Could not read from CDROM (code 0009)',
        'Booting from Hard Disk...',
      ],
    });
  });

  test('leaves out a disk that is bootable and not listed', async () => {
    lab.guests.powerOn(aMachine(1, { bootOrder: [] }));

    expect(await consoleWith(/./)).toEqual(['No bootable device.']);
  });

  test('with nothing bootable leaves the machine on, at its firmware, deaf to a shutdown', async () => {
    const halted: number[] = [];
    lab.guests.onHalted((vmid) => halted.push(vmid));
    lab.guests.powerOn(aBlankMachine(1, { media: [aSeed(1)] }));
    await consoleWith(/No bootable device/);

    let isDown = false;
    const shutdown = lab.guests.shutdown(101).then(() => (isDown = true));
    await expect(lab.dial(ADDRESS)).rejects.toThrow(/HostUnreachable/);
    const stillOn = { isDown, machines: lab.guests.inspect().machines.length };
    lab.guests.powerOff(101);
    await shutdown;

    expect(stillOn).toEqual({ isDown: false, machines: 1 });
    expect(halted).toEqual([]);
  });
});

describe('an installation medium', () => {
  test('installs itself with the seed on the empty disk, which is booted from then on', async () => {
    const media = [INSTALLER, aSeed(1, { config: 'runcmd: ["echo ran >> /root/runs"]\n' })];
    lab.guests.powerOn(aBlankMachine(1, { media, bootOrder: [DISK, CDROM] }));
    const login = await lab.login(ADDRESS);
    const status = await login.run('cloud-init status --wait');

    const isGone = once(login.client, 'close');
    await login.run('sudo reboot');
    await isGone;
    const again = await lab.login(ADDRESS);

    expect(status.stdout).toBe('status: done\n');
    expect(again.hostKey).toBe(login.hostKey);
    expect(await again.stdout('hostname; sudo cat /root/runs')).toBe('edge-1\nran\n');
    const lines = lab.guests.inspect().machines[0]?.console ?? [];
    expect(lines.filter((line) => line.startsWith('live:'))).toEqual(['live: installed; restarting']);
  });

  test('needs neither its media nor the boot order any more once it is installed', async () => {
    lab.guests.powerOn(aBlankMachine(1, { media: [INSTALLER, aSeed(1)], bootOrder: [DISK, CDROM] }));
    const before = await lab.login(ADDRESS);
    await before.run('cloud-init status --wait');

    lab.guests.powerOff(101);
    lab.guests.powerOn(aBlankMachine(1, { bootOrder: [DISK] }));
    const after = await lab.login(ADDRESS);

    expect(after.hostKey).toBe(before.hostKey);
  });

  test('that finds no configuration waits for a person, and changes nothing', async () => {
    lab.guests.powerOn(aBlankMachine(1, { media: [INSTALLER], bootOrder: [DISK, CDROM] }));
    await consoleWith(/no configuration was found; waiting for a person/);

    lab.guests.powerOff(101);
    lab.guests.powerOn(aBlankMachine(1, { bootOrder: [DISK] }));

    expect((await consoleWith(/No bootable device/)).at(-2)).toBe('Boot failed: not a bootable disk');
  });

  test('does not write to a disk that has a system', async () => {
    lab.guests.powerOn(aMachine(1, { media: [INSTALLER, aSeed(1)], bootOrder: [CDROM, DISK] }));

    await consoleWith(/there is no empty disk to install on/);
  });

  test('leaves the disk empty when the power goes in the middle', async () => {
    const slow = new TestLab({ speed: 0.0005 });
    slow.guests.powerOn(aBlankMachine(1, { media: [INSTALLER, aSeed(1)], bootOrder: [DISK, CDROM] }));
    await until(async () => slow.latency.spans.some(({ kind }) => kind === 'guest.install'));

    slow.guests.powerOff(101);
    slow.guests.powerOn(aBlankMachine(1, { bootOrder: [DISK] }));
    const [machine] = slow.guests.inspect().machines;
    await slow.close();

    expect(machine?.console).toContain('Boot failed: not a bootable disk');
  });

  test('has installed the disk also for a lab that is restarted', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lab-'));
    const first = new TestLab({ directory });
    first.guests.powerOn(aBlankMachine(1, { media: [INSTALLER, aSeed(1)], bootOrder: [DISK, CDROM] }));
    const before = await first.login(ADDRESS);
    await first.close();

    const second = new TestLab({ directory });
    second.guests.powerOn(aBlankMachine(1, { bootOrder: [DISK] }));
    const after = await second.login(ADDRESS);
    await second.close();
    rmSync(directory, { recursive: true });

    expect(after.hostKey).toBe(before.hostKey);
  });
});

describe('a configuration that is fetched', () => {
  const serial = `ds=nocloud-net;s=${SERVICE_URL}/nocloud/token/`;
  let documents: DocumentServer;

  beforeEach(async () => {
    documents = await DocumentServer.start(lab.network);
  });

  afterEach(() => documents.close());

  function publish(number: number): void {
    for (const [name, text] of Object.entries(seedDocuments(number))) {
      documents.put(`/nocloud/token/${name}`, text);
    }
  }

  /** Answers everybody on the segment: the way to an address of one's own. */
  async function aDhcpServer(): Promise<void> {
    lab.guests.powerOn(aMachine(9));
    const login = await lab.login('10.1.107.109');
    const range = 'dhcp-range=10.1.107.150,10.1.107.160\ndhcp-option=option:router,10.1.107.1\nport=0\n';
    await login.run(`sudo mkdir -p /etc/dnsmasq.d; printf '${range}' | sudo tee /etc/dnsmasq.d/all.conf`);
    expect((await login.run('sudo apt-get install -y dnsmasq')).code).toBe(0);
  }

  test('is named by the SMBIOS serial number, and asked for by DHCP before there is an address', async () => {
    await aDhcpServer();
    publish(1);

    lab.guests.powerOn(aMachine(1, { media: [], serial }));
    const login = await lab.login(ADDRESS);
    await login.run('cloud-init status --wait');

    expect(documents.asked).toEqual([
      { path: '/nocloud/token/meta-data', from: '10.1.107.150' },
      { path: '/nocloud/token/user-data', from: '10.1.107.150' },
      { path: '/nocloud/token/vendor-data', from: '10.1.107.150' },
      { path: '/nocloud/token/network-config', from: '10.1.107.150' },
    ]);
    expect(await login.stdout('hostname -I')).toBe('10.1.107.101 \n');
  });

  test('keeps the machine as it was when nobody has it any more', async () => {
    await aDhcpServer();
    publish(1);
    lab.guests.powerOn(aMachine(1, { media: [], serial }));
    const before = await lab.login(ADDRESS);
    await before.run('cloud-init status --wait');
    await documents.close();

    lab.guests.powerOff(101);
    lab.guests.powerOn(aMachine(1, { media: [], serial }));
    const after = await lab.login(ADDRESS);
    documents = await DocumentServer.start(lab.network);

    expect(after.hostKey).toBe(before.hostKey);
  });

  test('leaves the machine without a user when it is not to be had', async () => {
    await aDhcpServer();

    lab.guests.powerOn(aMachine(1, { media: [], serial }));
    const address = await until(async () => {
      const machine = lab.guests.inspect().machines.find(({ vmid }) => vmid === 101);
      return machine?.state === 'running' && machine.addresses[0];
    });

    expect(address).toBe('10.1.107.150');
    await expect(lab.tryLogin(address)).rejects.toThrow(/authentication/);
  });

  test('is given to an installation medium, too', async () => {
    await aDhcpServer();
    publish(1);

    lab.guests.powerOn(aBlankMachine(1, { media: [INSTALLER], bootOrder: [DISK, CDROM], serial }));
    const login = await lab.login(ADDRESS);

    expect(await login.stdout('hostname')).toBe('edge-1\n');
    // The installed system has it on its disk.
    expect(documents.paths().filter((path) => path.endsWith('user-data'))).toHaveLength(1);
  });
});
