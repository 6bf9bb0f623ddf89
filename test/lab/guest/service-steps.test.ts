import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { CommandOptions } from '../../../activities/ssh/command.js';
import { runStep } from '../../../activities/ssh/guest-step.js';
import { dhcpServerSteps } from '../../../domain/dhcp/dhcp-steps.js';
import { dnsServerSteps } from '../../../domain/dns/dns-steps.js';
import type { GuestStep } from '../../../domain/guest-step.js';
import { drainSteps, readyStep } from '../../../domain/load-balancer/drain-steps.js';
import { loadBalancerSteps } from '../../../domain/load-balancer/load-balancer-steps.js';
import { aDhcpNetwork } from '../../domain/dhcp/networks.js';
import { aLoadBalancer, aPair } from '../../domain/load-balancer/load-balancers.js';
import { aMachine, TestLab } from './lab.js';

// Each script is a shell that is started in a guest.

const ADDRESS = '10.1.107.101';

let lab: TestLab;
let device: string;
let read: (path: string) => Promise<string>;
let run: (steps: readonly GuestStep[]) => Promise<boolean[]>;

beforeEach(async () => {
  lab = new TestLab();
  lab.guests.powerOn(aMachine(1));
  const login = await lab.login(ADDRESS);
  const addresses = await login.stdout('ip -4 -o address show');
  device = / (\S+)\s+inet 10\.1\.107\.101\//.exec(addresses)?.[1] ?? '';
  const connection = {
    run: async (command: string, { stdin = '' }: CommandOptions) => {
      const result = await login.run(command, stdin);
      if (result.code === null) throw new Error('the link broke');
      return { ...result, code: result.code, isTruncated: false };
    },
    dispose: () => undefined,
  };
  const { signal } = new AbortController();
  const secrets = new Map([['pair', 'c0ffee42']]);
  run = async (steps) => {
    const changes = [];
    for (const step of steps)
      changes.push((await runStep(step, { connection, secrets, signal, verifyPauseMs: 10 })).changed);
    return changes;
  };
  read = (path) => login.stdout(`sudo cat ${path}`);
});

afterEach(() => lab.close());

const aBalancer = (change: Partial<Parameters<typeof loadBalancerSteps>[0]> = {}) =>
  aLoadBalancer({
    balancers: [{ name: 'demo-lb-1', privateAddress: ADDRESS, publicAddress: null }],
    privateSide: { interface: device, address: ADDRESS, prefixLength: 24 },
    machines: [{ name: 'demo-master-1', role: 'CONTROL_PLANE', address: '10.1.107.102' }],
    ...change,
  });

test('a guest of the lab becomes a load balancer by the same steps as a machine does', async () => {
  expect(await run(loadBalancerSteps(aBalancer(), 'demo-lb-1'))).toEqual([true]);
  expect(await run(loadBalancerSteps(aBalancer(), 'demo-lb-1'))).toEqual([false]);

  const more = aBalancer({ services: ['api', 'ingress', 'rke2'] });
  expect(await run(loadBalancerSteps(more, 'demo-lb-1'))).toEqual([true]);
  expect(await run(loadBalancerSteps(more, 'demo-lb-1'))).toEqual([false]);
});

test('a file that HAProxy does not take changes nothing, and one that does not serve is taken back', async () => {
  await run(loadBalancerSteps(aBalancer(), 'demo-lb-1'));
  const before = await read('/etc/haproxy/haproxy.cfg');
  const steps = loadBalancerSteps(aBalancer(), 'demo-lb-1').map((step) => ({
    ...step,
    files: step.files.map((file) => ({ ...file, content: `${file.content}  no-such-keyword\n` })),
  }));
  await expect(run(steps)).rejects.toThrow(/unknown keyword 'no-such-keyword'/);
  expect(await read('/etc/haproxy/haproxy.cfg')).toBe(before);

  const elsewhere = aBalancer({
    balancers: [{ name: 'demo-lb-1', privateAddress: '10.1.107.99', publicAddress: null }],
    privateSide: { interface: device, address: '10.1.107.99', prefixLength: 24 },
  });
  await expect(run(loadBalancerSteps(elsewhere, 'demo-lb-1'))).rejects.toThrow(/the one before it is back/);
  expect(await read('/etc/haproxy/haproxy.cfg')).toBe(before);
  expect(await run(loadBalancerSteps(aBalancer(), 'demo-lb-1'))).toEqual([true]);
});

test('a change that broke off before it was proved goes back to the file that was proved last', async () => {
  const other = { name: 'demo-master-2', role: 'CONTROL_PLANE', address: '10.1.107.103' } as const;
  await run(loadBalancerSteps(aBalancer(), 'demo-lb-1'));
  const proved = await read('/etc/haproxy/haproxy.cfg');
  const [step] = loadBalancerSteps(aBalancer({ machines: [other] }), 'demo-lb-1') as [GuestStep];
  const act = (step.act ?? '').replace('if words=$(change 2>&1)', 'exit 1\nif words=$(change 2>&1)');
  await expect(run([{ ...step, act }])).rejects.toThrow(expect.objectContaining({ code: 'COMMAND_FAILED' }));
  expect(await read('/etc/haproxy/haproxy.cfg')).not.toBe(proved);

  const elsewhere = aBalancer({
    balancers: [{ name: 'demo-lb-1', privateAddress: '10.1.107.99', publicAddress: null }],
    privateSide: { interface: device, address: '10.1.107.99', prefixLength: 24 },
  });
  await expect(run(loadBalancerSteps(elsewhere, 'demo-lb-1'))).rejects.toThrow(/the one before it is back/);
  expect(await read('/etc/haproxy/haproxy.cfg')).toBe(proved);

  expect(await run([step])).toEqual([true]);
  expect(await run([step])).toEqual([false]);
});

test('a machine behind it is drained and comes back', async () => {
  const drain = { loadBalancer: aBalancer(), machine: 'demo-master-1', patienceSeconds: 1 };
  await run(loadBalancerSteps(aBalancer(), 'demo-lb-1'));

  expect(await run(drainSteps(drain))).toEqual([true, false]);
  expect(await run(drainSteps(drain))).toEqual([false, false]);
  expect(await run([readyStep(drain)])).toEqual([true]);
  expect(await run([readyStep(drain)])).toEqual([false]);
});

test('one of two shares an address', async () => {
  const pair = aPair({
    balancers: [
      { name: 'demo-lb-1', privateAddress: ADDRESS, publicAddress: null },
      { name: 'demo-lb-2', privateAddress: '10.1.107.12', publicAddress: null },
    ],
    privateSide: { interface: device, address: '10.1.107.5', prefixLength: 24 },
  });

  expect(await run(loadBalancerSteps(pair, 'demo-lb-1'))).toEqual([true, true, true]);
  expect(await run(loadBalancerSteps(pair, 'demo-lb-1'))).toEqual([false, false, false]);
  expect(await read('/etc/keepalived/keepalived.conf')).toContain('auth_pass c0ffee42');
});

test('a guest becomes a nameserver', async () => {
  const records = [
    { name: '*.apps.demo.lab.internal', address: '10.1.107.5' },
    { name: 'api.demo.lab.internal', address: '10.1.107.5' },
  ];
  const server = {
    ...{ cluster: 'demo', interface: device, address: ADDRESS, domain: 'demo.lab.internal' },
    ...{ nameservers: ['10.1.107.1'], records },
  };
  expect(await run(dnsServerSteps(server))).toEqual([true]);
  expect(await run(dnsServerSteps(server))).toEqual([false]);
  expect(await run(dnsServerSteps({ ...server, records: records.slice(1) }))).toEqual([true]);
});

test('a guest becomes a DHCP server', async () => {
  const network = aDhcpNetwork({ interface: device, serverAddress: ADDRESS, reservations: [] });
  expect(await run(dhcpServerSteps(network))).toEqual([true]);
  expect(await run(dhcpServerSteps(network))).toEqual([false]);
});
