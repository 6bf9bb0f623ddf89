import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { aMachine, TestLab, until, type Login } from '../lab.js';

// Each check is a shell that is started in a guest.

const SHARED = '10.1.107.50';
const FILE = '/etc/keepalived/keepalived.conf';
/** Serves the shared address without a balancer. */
const SSH = 22;

let lab: TestLab;

beforeEach(() => {
  lab = new TestLab();
});

afterEach(async () => {
  await lab.close();
});

interface Shape {
  readonly priority: number;
  readonly script?: string;
  readonly weight?: number;
  readonly isPreempting?: boolean;
  readonly password?: string;
  readonly peer?: number;
}

function configuration({
  priority,
  script = "/usr/bin/sh -c 'test ! -e /tmp/broken'",
  weight = 0,
  isPreempting = false,
  password = 'secret',
  peer,
}: Shape): string {
  const unicast = peer === undefined ? '' : `    unicast_peer {\n        10.1.107.10${peer}\n    }\n`;
  return (
    'global_defs {\n    enable_script_security\n    script_user root\n}\n' +
    `vrrp_script check {\n    script "${script}"\n    interval 1\n    fall 1\n    rise 1\n    weight ${weight}\n}\n` +
    `vrrp_instance api {\n    state BACKUP\n    interface ens18\n    virtual_router_id 51\n    priority ${priority}\n    advert_int 1\n` +
    `${isPreempting ? '' : '    nopreempt\n'}${unicast}` +
    `    authentication {\n        auth_type PASS\n        auth_pass ${password}\n    }\n` +
    `    virtual_ipaddress {\n        ${SHARED}/24\n    }\n    track_script {\n        check\n    }\n}\n`
  );
}

async function configure(login: Login, shape: Shape): Promise<void> {
  await login.run(`sudo tee ${FILE} >/dev/null`, configuration(shape));
}

async function aMember(number: number, shape: Shape): Promise<Login> {
  lab.guests.powerOn(aMachine(number));
  const login = await lab.login(`10.1.107.10${number}`);
  expect(await login.run('sudo apt-get install -y keepalived')).toMatchObject({ code: 0 });
  await configure(login, shape);
  expect(await login.run(`sudo keepalived -t -f ${FILE}`)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await login.run('sudo systemctl restart keepalived')).toMatchObject({ code: 0 });
  return login;
}

async function holds(login: Login): Promise<boolean> {
  return (await login.stdout('ip -4 -o address show dev ens18')).includes(` ${SHARED}/24 `);
}

/** Name of the machine that answers at the shared address. */
async function holder(): Promise<string> {
  const login = await lab.tryLogin(SHARED);
  const name = (await login.stdout('hostname')).trim();
  login.client.destroy();
  return name;
}

async function untilHeldBy(name: string): Promise<void> {
  await until(async () => (await holder().catch(() => undefined)) === name);
}

/** Two machines, of which the first one has the address. */
async function aPair(shape: Partial<Shape> = {}): Promise<readonly [Login, Login]> {
  const first = await aMember(1, { priority: 101, ...shape });
  await untilHeldBy('edge-1');
  return [first, await aMember(2, { priority: 100, ...shape })];
}

describe('keepalived', () => {
  test('does not start by itself, and says what is wrong with a file', async () => {
    lab.guests.powerOn(aMachine(1));
    const login = await lab.login('10.1.107.101');
    await login.run('sudo apt-get install -y keepalived');

    expect(await login.stdout('systemctl is-active keepalived')).toBe('inactive\n');
    expect(await login.stdout('sudo journalctl -u keepalived')).toContain(
      'skipped because of an unmet condition check (ConditionFileNotEmpty=/etc/keepalived/keepalived.conf)',
    );
    await login.run(`sudo tee ${FILE} >/dev/null`, 'vrrp_instance a {\n  prioity 3\n}\n');
    const { code, stderr } = await login.run(`sudo keepalived -t -f ${FILE}`);
    expect(code).toBe(5);
    expect(stderr).toContain(`(${FILE}: Line 2) Unknown keyword 'prioity'\n`);
  });

  test('gives one machine the address, and the other one nothing', async () => {
    const [first, second] = await aPair();

    expect([await holds(first), await holds(second)]).toEqual([true, false]);
    expect(lab.guests.inspect().addressConflicts).toEqual([]);
    expect(await first.stdout('sudo journalctl -u keepalived')).toContain('(api) Entering MASTER STATE');
    // From inside of the network too.
    expect(await second.run(`curl -sS http://${SHARED}:${SSH}`)).not.toMatchObject({ code: 7 });
  });

  test.each([
    ['is switched off', async () => lab.guests.powerOff(101)],
    ['shuts down', async () => lab.guests.shutdown(101)],
  ])('moves the address when the machine %s, and leaves it there', async (_, end) => {
    const [, second] = await aPair();

    await end();
    await untilHeldBy('edge-2');
    lab.guests.powerOn(aMachine(1));
    const first = await lab.login('10.1.107.101');
    await until(async () => (await first.stdout('systemctl is-active keepalived')) === 'active\n');

    expect(await holder()).toBe('edge-2');
    expect([await holds(first), await holds(second)]).toEqual([false, true]);
  });

  test('moves the address when it is stopped, or its check fails', async () => {
    const [first, second] = await aPair();

    await first.run('sudo systemctl stop keepalived');
    await untilHeldBy('edge-2');
    await first.run('sudo systemctl start keepalived');
    await second.run('sudo touch /tmp/broken');
    await untilHeldBy('edge-1');

    expect([await holds(first), await holds(second)]).toEqual([true, false]);
    expect(await second.stdout('sudo journalctl -u keepalived')).toContain('(api) Entering FAULT STATE');
    expect(lab.guests.inspect().addressConflicts).toEqual([]);
  });

  test('gives the address back to the better machine only with preemption', async () => {
    const [first] = await aPair({ isPreempting: true });

    await first.run('sudo touch /tmp/broken');
    await untilHeldBy('edge-2');
    await first.run('sudo rm /tmp/broken');

    await untilHeldBy('edge-1');
  });

  test('lets a weight decide', async () => {
    const first = await aMember(1, { priority: 101, weight: -20, isPreempting: true });
    await aMember(2, { priority: 100, weight: -20, isPreempting: true });
    await untilHeldBy('edge-1');

    await first.run('sudo touch /tmp/broken');

    await untilHeldBy('edge-2');
    expect(await first.stdout('sudo journalctl -u keepalived')).toContain(
      '(api) Changing effective priority from 101 to 81',
    );
  });

  test('speaks to its peers alone when it is told who they are', async () => {
    const first = await aMember(1, { priority: 101, peer: 2 });
    await untilHeldBy('edge-1');
    const second = await aMember(2, { priority: 100, peer: 1 });

    await first.run('sudo systemctl stop keepalived');
    await untilHeldBy('edge-2');

    expect([await holds(first), await holds(second)]).toEqual([false, true]);
  });

  test('with another password is not heard, and both want the address', async () => {
    await aPair();
    const second = await lab.login('10.1.107.102');

    await configure(second, { priority: 100, password: 'other' });
    await second.run('sudo systemctl restart keepalived');

    await until(async () => lab.guests.inspect().addressConflicts.length > 0);
    expect(lab.guests.inspect().addressConflicts).toEqual([
      { address: SHARED, holder: 'edge-1', refused: 'edge-2' },
    ]);
  });

  test('keeps the address over a reload', async () => {
    const [first, second] = await aPair();
    const open = await lab.tryLogin(SHARED);

    await configure(first, { priority: 99 });
    expect(await first.run('sudo systemctl reload keepalived')).toMatchObject({ code: 0 });
    await until(async () =>
      (await first.stdout('sudo journalctl -u keepalived')).includes('Reload complete'),
    );

    expect(await open.stdout('hostname')).toBe('edge-1\n');
    expect(await holder()).toBe('edge-1');
    expect(await holds(second)).toBe(false);
  });

  test('follows HAProxy, and breaks what goes through the one that stops', async () => {
    const script = '/usr/bin/pgrep -x haproxy';
    const balancing = `defaults\n    mode tcp\n    timeout connect 5s\n    timeout client 10m\n    timeout server 10m\nlisten ssh\n    bind ${SHARED}:2222\n    server own 127.0.0.1:22\n`;
    const logins: Login[] = [];
    for (const number of [1, 2]) {
      lab.guests.powerOn(aMachine(number));
      const login = await lab.login(`10.1.107.10${number}`);
      await login.run('sudo apt-get install -y haproxy && sudo sysctl -w net.ipv4.ip_nonlocal_bind=1');
      await login.run('sudo tee /etc/haproxy/haproxy.cfg >/dev/null', balancing);
      expect(await login.run('sudo systemctl restart haproxy')).toMatchObject({ code: 0 });
      logins.push(await aMember(number, { priority: 102 - number, script }));
      if (number === 1) await untilHeldBy('edge-1');
    }
    const through = await lab.tryLogin(SHARED, {}, 2_222);
    const before = await through.stdout('hostname');
    const broken = new Promise<void>((resolve) => through.client.once('close', () => resolve()));

    await logins[0]?.run('sudo systemctl stop haproxy');
    await broken;
    await untilHeldBy('edge-2');

    const after = await lab.tryLogin(SHARED, {}, 2_222);
    expect([before, await after.stdout('hostname')]).toEqual(['edge-1\n', 'edge-2\n']);
  });
});
