import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HAPROXY_CHECK } from '../../../../domain/load-balancer/keepalived-config.js';
import { aMachine, TestLab, type Login } from '../lab.js';

// What keepalived asks on a load balancer, with answers of HAProxy as they come while machines come and go.

const CHECK = HAPROXY_CHECK.path;
const HEAD = '# pxname,svname,,,,,,,,,,,,,,,,status,';

let lab: TestLab;
let login: Login;

beforeEach(async () => {
  lab = new TestLab();
  lab.guests.powerOn(aMachine(1));
  login = await lab.login('10.1.107.101');
  const script = HAPROXY_CHECK.content.replace(/socat \S+ \S+ - \S+/, 'cat /tmp/statistics');
  expect(script).not.toBe(HAPROXY_CHECK.content);
  await login.run(`sudo tee ${CHECK} >/dev/null && sudo chmod 755 ${CHECK}`, script);
});

afterEach(() => lab.close());

/** @param states of the machines behind the balancer; none at all: HAProxy does not answer. */
async function check(...states: string[]): Promise<number | null> {
  const row = (name: string, state: string): string => `api-6443-machines,${name}${','.repeat(16)}${state},`;
  const servers = states.map((state, index) => row(`demo-control-${index + 1}`, state));
  const lines = [HEAD, row('FRONTEND', 'OPEN'), ...servers, row('BACKEND', 'UP'), ''];
  await login.run('cat > /tmp/statistics', states.length === 0 ? '' : lines.join('\n'));
  return (await login.run(`sudo ${CHECK}`)).code;
}

test('a new load balancer may have the address before a machine is up, and one whose HAProxy is away may not', async () => {
  expect(await check('DOWN', 'DOWN')).toBe(0);
  expect(await check('UP 1/3', 'DOWN')).toBe(0);
  expect(await check('DOWN', 'DOWN')).toBe(0);
  expect(await check()).toBe(1);
});

test('a load balancer that has served gives the address up while it reaches no machine', async () => {
  expect(await check('DOWN', 'UP')).toBe(0);
  expect(await check('DOWN', 'DOWN')).toBe(1);
  expect(await check('DOWN', 'DOWN 1/2')).toBe(1);
  expect(await check('UP 2/3', 'DOWN')).toBe(0);
});

test('a load balancer that has reached no machine for an hour gives the address up', async () => {
  await login.run(`sudo touch -d '2020-01-01 00:00:00' ${CHECK}`);

  expect(await check('DOWN', 'DOWN')).toBe(1);
  expect(await check('DOWN', 'UP')).toBe(0);
});
