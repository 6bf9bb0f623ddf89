import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { networkManagerStep } from '../../../../platforms/rke2/steps.js';
import { aMachine, TestLab, type Login } from '../lab.js';
import { carryOut, isTrue } from '../rancher/carry-out.js';

let lab: TestLab;

beforeEach(() => {
  lab = new TestLab();
});

afterEach(async () => {
  await lab.close();
});

const FILE = '/etc/NetworkManager/conf.d/rke2-canal.conf';
const UNIT = `[Service]
Type=notify
ExecStart=/usr/bin/simulated-daemon NetworkManager
ExecReload=/usr/bin/touch /run/reloaded
`;

async function machine(): Promise<Login> {
  lab.guests.powerOn(aMachine(1));
  const login = await lab.login('10.1.107.101');
  await login.run('cloud-init status --wait');
  return login;
}

test('NetworkManager is told to leave the interfaces of pods alone, once', async () => {
  const login = await machine();
  await login.run('sudo tee /etc/systemd/system/NetworkManager.service', UNIT);
  await login.run('sudo mkdir -p /etc/NetworkManager/conf.d && sudo systemctl start NetworkManager');
  const step = networkManagerStep();
  const before = await isTrue(login, step.observe);

  await carryOut(login, [step]);

  expect(before).toBe(false);
  expect(await isTrue(login, step.observe)).toBe(true);
  expect(await login.stdout(`cat ${FILE}`)).toMatch(
    /^\[keyfile\]\nunmanaged-devices=interface-name:flannel\*;interface-name:cali\*;.*wg-v6\.cali\n$/,
  );
  expect((await login.run('test -e /run/reloaded')).code).toBe(0);
});

test('a machine without NetworkManager is left as it is', async () => {
  const login = await machine();

  expect(await isTrue(login, networkManagerStep().observe)).toBe(true);
});
