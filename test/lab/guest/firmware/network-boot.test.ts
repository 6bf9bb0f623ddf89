import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ignitionConfig } from '../../../../domain/boot/ignition.js';
import { ipxeScript } from '../../../../domain/boot/ipxe-script.js';
import type { GuestStep } from '../../../../domain/guest-step.js';
import { pxeServerStep, removePxeReservationsStep } from '../../../../domain/pxe/pxe-steps.js';
import type { LabMachine } from '../../../../lab/machine-host.js';
import { DocumentServer, SERVICE_URL } from '../document-server.js';
import { aBlankMachine, aMachine, seedDocuments, TestLab, until, USER_KEY, type Login } from '../lab.js';

const ADDRESS = '10.1.107.101';
const SERVER_ADDRESS = '10.1.107.109';
const SCRIPT = '/ipxe/bc-24-11-00-00-01';
const DISK = 'vm-101-disk-0';

let lab: TestLab;
let documents: DocumentServer;
let server: Login;

beforeEach(async () => {
  lab = new TestLab();
  documents = await DocumentServer.start(lab.network);
  lab.guests.powerOn(aMachine(9));
  server = await lab.login(SERVER_ADDRESS);
});

afterEach(async () => {
  await documents.close();
  await lab.close();
});

function aNetworkMachine(changes: Partial<LabMachine> = {}): LabMachine {
  return aBlankMachine(1, {
    bootOrder: [
      { kind: 'disk', diskId: DISK },
      { kind: 'network', index: 0 },
    ],
    ...changes,
  });
}

function step(macs: readonly string[] = ['BC:24:11:00:00:01']): GuestStep {
  return pxeServerStep({
    cluster: 'edge',
    interface: 'ens18',
    subnet: '10.1.107.0/24',
    serverAddress: SERVER_ADDRESS,
    gateway: '10.1.107.1',
    nameservers: ['10.1.107.1'],
    domain: 'lab.internal',
    bootUrl: SERVICE_URL,
    reservations: macs.map((mac, index) => ({
      mac,
      address: `10.1.107.10${index + 1}`,
      hostname: `edge-${index + 1}`,
    })),
    dhcpRange: null,
    dns: null,
  });
}

/** As the product runs a step: its files first, then what it does, then whether that is so. */
async function run({ files, act, verify }: GuestStep): Promise<void> {
  for (const { path, content } of files) {
    await server.run(`sudo mkdir -p "$(dirname ${path})" && sudo tee ${path} >/dev/null`, content);
  }
  for (const script of [act, verify]) {
    expect(await server.run('sudo sh -eu -s', script ?? '')).toMatchObject({ code: 0 });
  }
}

function publish(kernelArgument: string): void {
  documents.put('/files/vmlinuz', 'kernel');
  documents.put('/files/initrd.img', 'initrd');
  documents.put(
    SCRIPT,
    ipxeScript({
      kernelUrl: `${SERVICE_URL}/files/vmlinuz`,
      initrdUrl: `${SERVICE_URL}/files/initrd.img`,
      commandLine: ['console=ttyS0', kernelArgument],
    }),
  );
}

async function consoleWith(line: RegExp): Promise<readonly string[]> {
  return until(async () => {
    const machine = lab.guests.inspect().machines.find(({ vmid }) => vmid === 101);
    return machine?.console.some((each) => line.test(each)) === true && machine.console;
  });
}

describe('a machine that boots over the network', () => {
  test('gets its address, its script, its kernel and its configuration, and is installed', async () => {
    await run(step());
    publish(`ds=nocloud-net;s=${SERVICE_URL}/nocloud/token/`);
    for (const [name, text] of Object.entries(seedDocuments(1)))
      documents.put(`/nocloud/token/${name}`, text);

    lab.guests.powerOn(aNetworkMachine());
    const login = await lab.login(ADDRESS);
    const status = await login.run('cloud-init status --wait');

    expect(status.stdout).toBe('status: done\n');
    expect(documents.paths()).toEqual([
      SCRIPT,
      '/files/vmlinuz',
      '/files/initrd.img',
      ...['meta-data', 'user-data', 'vendor-data', 'network-config'].map((name) => `/nocloud/token/${name}`),
    ]);
    expect(new Set(documents.asked.map(({ from }) => from))).toEqual(new Set([ADDRESS]));
    expect(lab.guests.inspect().machines.find(({ vmid }) => vmid === 101)).toMatchObject({
      bootedFrom: 'disk',
      addresses: [ADDRESS],
    });
  });

  test('is configured by Ignition where its kernel is told so', async () => {
    await run(step());
    publish(`ignition.config.url=${SERVICE_URL}/ignition/token`);
    documents.put(
      '/ignition/token',
      ignitionConfig({
        hostname: 'edge-1',
        user: 'operator',
        sshAuthorizedKeys: [USER_KEY.public],
        packages: [],
        runCmd: ['echo "$GREETING" > /root/greeting'],
        exports: ["export GREETING='hello'"],
      }),
    );

    lab.guests.powerOn(aNetworkMachine());
    const login = await lab.login(ADDRESS);
    await until(async () => (await login.run('sudo test -e /var/lib/first-boot.done')).code === 0);

    expect(await login.stdout('hostname; sudo cat /root/greeting; hostname -I')).toBe(
      'edge-1\nhello\n10.1.107.101 \n',
    );
  });

  test('is not answered when its MAC address is not known, and goes on to the next device', async () => {
    await run(step(['BC:24:11:00:00:07']));
    publish('quiet');

    lab.guests.powerOn(aNetworkMachine());
    const lines = await consoleWith(/No bootable device/);

    expect(lines).toContain('Configuring (net0 bc:24:11:00:00:01)...... No configuration methods succeeded');
    expect(documents.asked).toEqual([]);
    expect(await server.stdout('sudo journalctl -u dnsmasq -o cat')).toContain('bc:24:11:00:00:01 ignored');
  });

  test('is not answered on another VLAN, nor once its reservation is gone', async () => {
    await run(step());
    publish('quiet');

    lab.guests.powerOn(
      aNetworkMachine({ interfaces: [{ mac: 'BC:24:11:00:00:01', bridge: 'vmbr0', vlan: 107 }] }),
    );
    await consoleWith(/No configuration methods succeeded/);
    lab.guests.powerOff(101);
    await run(removePxeReservationsStep('edge'));
    lab.guests.powerOn(aNetworkMachine());
    await consoleWith(/No configuration methods succeeded/);

    expect(documents.asked).toEqual([]);
  });

  test.each([
    ['a script', () => undefined, /ipxe\/bc-24-11-00-00-01\.\.\. failed/],
    [
      'a kernel',
      () => documents.put(SCRIPT, `#!ipxe\nkernel ${SERVICE_URL}/none\nboot\n`),
      /none\.\.\. failed/,
    ],
    ['anything that is a script', () => documents.put(SCRIPT, '<html>'), /Exec format error/],
  ])('stays at the firmware without %s', async (_, prepare, line) => {
    await run(step());
    prepare();

    lab.guests.powerOn(aNetworkMachine());

    await consoleWith(/No bootable device/);
    await consoleWith(line);
  });

  test('waits in its live system when there is no configuration for it', async () => {
    await run(step());
    publish('quiet');

    lab.guests.powerOn(aNetworkMachine());

    await consoleWith(/live: no configuration was found/);
  });

  test('boots from its disk first when that has a system', async () => {
    lab.guests.powerOn(aMachine(1, { bootOrder: aNetworkMachine().bootOrder }));
    await lab.login(ADDRESS);

    expect(documents.asked).toEqual([]);
  });
});
