import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { natStep } from '../../../../domain/network/nat.js';
import type { LabMachine } from '../../../../lab/machine-host.js';
import { DocumentServer } from '../document-server.js';
import { aMachine, aSeed, TestLab, type Login } from '../lab.js';

/** A service in a subnet that no machine stands in. */
const OUTSIDE = '10.9.9.2';
const PUBLIC = { bridge: 'vmbr0', vlan: 3 } as const;
const PRIVATE = { bridge: 'vmbr0', vlan: 107 } as const;

interface Card {
  readonly plug: { readonly bridge: string; readonly vlan: number | null };
  readonly address: string;
  readonly gateway?: string;
}

/** Cards have the MAC addresses `..:01:00`, `..:01:01` and so on, of which the first number is the machine's. */
function aMachineWith(number: number, cards: readonly Card[]): LabMachine {
  const macOf = (index: number): string => `bc:24:11:00:0${number}:0${index}`;
  const ethernets = cards.map(
    ({ address, gateway }, index) =>
      `  card${index}:\n    match: {macaddress: '${macOf(index)}'}\n    addresses: [${address}]\n` +
      (gateway === undefined ? '' : `    routes: [{to: default, via: ${gateway}}]\n`),
  );
  return aMachine(number, {
    interfaces: cards.map(({ plug }, index) => ({ mac: macOf(index), ...plug })),
    media: [aSeed(number, { networkConfig: `version: 2\nethernets:\n${ethernets.join('')}` })],
  });
}

const BASTION = aMachineWith(1, [
  { plug: PUBLIC, address: '10.1.3.10/24', gateway: '10.1.3.1' },
  { plug: PRIVATE, address: '10.1.107.10/24' },
]);
const isolated = (number: number, gateway?: string): LabMachine =>
  aMachineWith(number, [
    {
      plug: PRIVATE,
      address: `10.1.107.10${number}/24`,
      ...(gateway === undefined ? {} : { gateway }),
    },
  ]);

let lab: TestLab;
let documents: DocumentServer;

beforeEach(async () => {
  lab = new TestLab();
  documents = await DocumentServer.start(lab.network);
  documents.put('/', 'hello');
  lab.network.expose(OUTSIDE, 80, documents.port);
});

afterEach(async () => {
  await documents.close();
  await lab.close();
});

async function on(machine: LabMachine, address: string): Promise<Login> {
  lab.guests.powerOn(machine);
  return lab.login(address);
}

/** 7 when there is no way, 56 when SSH answers to HTTP. */
async function connects(login: Login, address: string): Promise<boolean> {
  const { stderr } = await login.run(`curl -sS http://${address}:22`);
  return !stderr.includes('No route to host');
}

describe('machines with several interfaces', () => {
  test('have an address on each, and the default route by one', async () => {
    const bastion = await on(BASTION, '10.1.3.10');

    expect(await bastion.stdout('hostname -I; ip route; ip -4 -o address show dev ens19')).toBe(
      '10.1.3.10 10.1.107.10 \ndefault via 10.1.3.1 dev ens18 proto static\n' +
        '3: ens19    inet 10.1.107.10/24 scope global ens19\n',
    );
  });

  test('reach others on the same bridge and VLAN, and these reach nobody else', async () => {
    const bastion = await on(BASTION, '10.1.3.10');
    const node = await on(isolated(2), '10.1.107.102');
    await on(isolated(3), '10.1.107.103');
    await on(aMachineWith(4, [{ plug: PUBLIC, address: '10.1.3.14/24', gateway: '10.1.3.1' }]), '10.1.3.14');

    expect(await connects(bastion, '10.1.107.102')).toBe(true);
    expect(await connects(bastion, '10.1.3.14')).toBe(true);
    expect(await connects(node, '10.1.107.103')).toBe(true);
    expect(await connects(node, '10.1.3.14')).toBe(false);
    expect((await node.run('curl -sS https://get.k3s.io')).code).toBe(6);
    expect((await node.run('sudo apt-get install -y htop')).code).toBe(100);
  });

  test('are cut off from the same subnet on another VLAN', async () => {
    const node = await on(isolated(2), '10.1.107.102');
    await on(
      aMachineWith(3, [{ plug: { bridge: 'vmbr0', vlan: null }, address: '10.1.107.103/24' }]),
      '10.1.107.103',
    );

    expect(await connects(node, '10.1.107.103')).toBe(false);
  });

  test('are reached over the router by those who use it, and by nobody when they do not', async () => {
    const [a, b] = [
      aMachineWith(2, [{ plug: PUBLIC, address: '10.1.3.12/24', gateway: '10.1.3.1' }]),
      aMachineWith(3, [{ plug: PRIVATE, address: '10.1.107.103/24', gateway: '10.1.107.1' }]),
    ];
    const first = await on(a, '10.1.3.12');
    await on(b, '10.1.107.103');
    await on(isolated(4), '10.1.107.104');

    expect(await connects(first, '10.1.107.103')).toBe(true);
    expect(await connects(first, '10.1.107.104')).toBe(false);
    expect(await connects(first, '10.1.107.105')).toBe(false);
  });
});

describe('a bastion that translates addresses', () => {
  const translation = natStep({ subnet: '10.1.107.0/24', podCidr: '10.42.0.0/16' });

  async function prepare(bastion: Login): Promise<void> {
    for (const { path, content } of translation.files)
      await bastion.run(`sudo tee ${path} >/dev/null`, content);
    for (const script of [translation.act, translation.verify])
      expect(await bastion.run('sudo sh -eu -s', script ?? '')).toMatchObject({ code: 0 });
  }

  test('is the way out for those who have it as their gateway', async () => {
    const bastion = await on(BASTION, '10.1.3.10');
    const node = await on(isolated(2, '10.1.107.10'), '10.1.107.102');
    const before = await node.run(`curl -sS http://${OUTSIDE}`);

    await prepare(bastion);

    expect(before.code).toBe(7);
    expect(await node.stdout(`curl -sS http://${OUTSIDE}`)).toBe('hello');
    // The service sees the bastion: nobody outside knows the node's own address.
    expect(documents.asked.map(({ from }) => from)).toEqual(['10.1.3.10']);
    expect((await node.run('curl -sSfL https://get.k3s.io')).code).toBe(0);
    expect((await node.run('sudo apt-get install -y htop')).code).toBe(0);
  });

  test('puts its own address in place of theirs for what is outside', async () => {
    const bastion = await on(BASTION, '10.1.3.10');
    await prepare(bastion);
    const node = await on(isolated(2, '10.1.107.10'), '10.1.107.102');
    await on(aMachineWith(4, [{ plug: PUBLIC, address: '10.1.3.14/24', gateway: '10.1.3.1' }]), '10.1.3.14');

    expect(await connects(node, '10.1.3.14')).toBe(true);
    expect((await bastion.run(`sudo nft flush ruleset`)).code).toBe(0);
    expect(await connects(node, '10.1.3.14')).toBe(false);
  });

  test('does so again after a restart', async () => {
    const bastion = await on(BASTION, '10.1.3.10');
    await prepare(bastion);
    const node = await on(isolated(2, '10.1.107.10'), '10.1.107.102');

    lab.guests.powerOff(101);
    const whileDown = await node.run('curl -sS https://get.k3s.io');
    const again = await on(BASTION, '10.1.3.10');

    expect(whileDown.code).toBe(6);
    expect((await again.run('sudo sh -eu -s', translation.verify ?? '')).code).toBe(0);
    expect((await node.run('curl -sSfL https://get.k3s.io')).code).toBe(0);
  });

  test('passes nothing on without forwarding', async () => {
    const bastion = await on(BASTION, '10.1.3.10');
    await prepare(bastion);
    const node = await on(isolated(2, '10.1.107.10'), '10.1.107.102');

    await bastion.run('sudo sysctl -w net.ipv4.ip_forward=0');

    expect((await node.run('curl -sS https://get.k3s.io')).code).toBe(6);
  });
});
