import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { CommandOptions } from '../../../activities/ssh/command.js';
import { runStep } from '../../../activities/ssh/guest-step.js';
import type { GuestStep } from '../../../domain/guest-step.js';
import type { PxeNetwork } from '../../../domain/pxe/pxe-network.js';
import { foreignDhcpStep } from '../../../domain/pxe/foreign-dhcp.js';
import { pxeServerStep, removePxeReservationsStep } from '../../../domain/pxe/pxe-steps.js';
import { aPxeNetwork, aReservation } from '../../domain/pxe/networks.js';
import { aMachine, TestLab } from './lab.js';

// Each script is a shell that is started in a guest.

let lab: TestLab;
let run: (step: GuestStep) => Promise<boolean>;
let network: PxeNetwork;

beforeEach(async () => {
  lab = new TestLab();
  lab.guests.powerOn(aMachine(1));
  const login = await lab.login('10.1.107.101');
  const addresses = await login.stdout('ip -4 -o address show');
  network = aPxeNetwork({
    interface: / (\S+)\s+inet 10\.1\.107\.101\//.exec(addresses)?.[1] ?? '',
    serverAddress: '10.1.107.101',
    reservations: [aReservation(2)],
  });
  const connection = {
    run: async (command: string, { stdin = '' }: CommandOptions) => {
      const result = await login.run(command, stdin);
      if (result.code === null) throw new Error('the link broke');
      return { ...result, code: result.code, isTruncated: false };
    },
    dispose: () => undefined,
  };
  const signal = new AbortController().signal;
  run = async (step) =>
    (await runStep(step, { connection, secrets: new Map(), signal, verifyPauseMs: 10 })).changed;
});

afterEach(() => lab.close());

test('a guest of the lab becomes a PXE server by the same steps as a machine does', async () => {
  await run(foreignDhcpStep(network.interface));

  expect(await run(pxeServerStep(network))).toBe(true);
  expect(await run(pxeServerStep(network))).toBe(false);

  const more = { ...network, reservations: [aReservation(2), aReservation(3)] };
  expect(await run(pxeServerStep(more))).toBe(true);
  expect(await run(pxeServerStep(more))).toBe(false);
});

test('and with DNS, beside another cluster, until both are gone', async () => {
  const other = {
    ...network,
    cluster: 'other',
    reservations: [aReservation(4)],
    dns: { records: [{ name: 'api.demo.internal', address: '10.1.107.5' }] },
  };
  await run(pxeServerStep(network));
  expect(await run(pxeServerStep(other))).toBe(true);

  expect(await run(removePxeReservationsStep('other'))).toBe(true);
  expect(await run(removePxeReservationsStep('other'))).toBe(false);
  expect(await run(pxeServerStep(network))).toBe(false);
  expect(await run(removePxeReservationsStep('demo'))).toBe(true);
});
