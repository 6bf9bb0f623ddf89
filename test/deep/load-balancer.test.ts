/** A real HAProxy that is installed, changed, spoilt and drained by our steps, with connections open through it. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { GuestStep } from '../../domain/guest-step.js';
import { drainSteps, readyStep } from '../../domain/load-balancer/drain-steps.js';
import { HAPROXY_CHECK, keepalivedConfig } from '../../domain/load-balancer/keepalived-config.js';
import type { LoadBalancer } from '../../domain/load-balancer/load-balancer.js';
import { loadBalancerSteps } from '../../domain/load-balancer/load-balancer-steps.js';
import { type Host, untilSays } from './host.js';
import { type PxeLab, SERVER, startPxeLab } from './pxe-lab.js';
import { describeDeep } from './requirements.js';

const SETUP_TIMEOUT_MS = 600_000;

const PORT = 6443;
const M1 = { name: 'demo-master-1', role: 'CONTROL_PLANE', address: '10.77.0.3' } as const;
const M2 = { name: 'demo-master-2', role: 'CONTROL_PLANE', address: '10.77.0.4' } as const;
const VIRTUAL = '10.77.0.5';
const PEER = '10.77.0.50';
const RUNNING = '/etc/haproxy/haproxy.cfg';

function aBalancer(change: Partial<LoadBalancer> = {}): LoadBalancer {
  return {
    cluster: 'demo',
    services: ['api'],
    ports: [{ service: 'api', port: PORT, roles: ['CONTROL_PLANE'], check: { kind: 'tcp' } }],
    machines: [M1],
    balancers: [{ name: 'demo-lb-1', privateAddress: SERVER, publicAddress: null }],
    privateSide: { interface: 'eth1', address: SERVER, prefixLength: 24 },
    publicSide: null,
    memoryMiB: 256,
    pairSecret: null,
    ...change,
  };
}

function aPair(): LoadBalancer {
  return aBalancer({
    balancers: [
      { name: 'demo-lb-1', privateAddress: SERVER, publicAddress: null },
      { name: 'demo-lb-2', privateAddress: PEER, publicAddress: null },
    ],
    privateSide: { interface: 'eth1', address: VIRTUAL, prefixLength: 24 },
  });
}

/** The machine has no such address: HAProxy sees it only when it binds, after its own check. */
const ELSEWHERE = aBalancer({
  machines: [M1, M2],
  balancers: [{ name: 'demo-lb-1', privateAddress: '10.77.0.99', publicAddress: null }],
  privateSide: { interface: 'eth1', address: '10.77.0.99', prefixLength: 24 },
});

describeDeep('a load balancer on a real machine', () => {
  let lab: PxeLab | undefined;
  let balancer: Host;
  let client: Host;
  let run: PxeLab['run'];

  beforeAll(async () => {
    lab = await startPxeLab();
    ({ bastion: balancer, client, run } = lab);
    await client.sh(`ip address add ${PEER}/24 dev eth0`);
    // What the package asks systemd to make.
    await balancer.sh('mkdir -p /run/haproxy');
    await lab.service.sh(`ip address add ${M2.address}/24 dev eth1`);
    for (const { name, address } of [M1, M2]) {
      const answer = `echo ${name}; cat`;
      lab.service.spawn(
        ...(['socat', `TCP-LISTEN:${PORT},bind=${address},reuseaddr,fork`, `SYSTEM:${answer}`] as const),
      );
      await lab.service.sh(`until ss -Hltn | grep -qF ' ${address}:${PORT} '; do sleep 0.1; done`);
    }
  }, SETUP_TIMEOUT_MS);

  afterAll(() => lab?.stop());

  const balance = async (loadBalancer: LoadBalancer): Promise<boolean[]> => {
    const changes = [];
    for (const step of loadBalancerSteps(loadBalancer, 'demo-lb-1')) changes.push(await run(step));
    return changes;
  };
  const haproxyStep = (loadBalancer = aBalancer()): GuestStep => {
    const step = loadBalancerSteps(loadBalancer, 'demo-lb-1').find(({ id }) => id === 'haproxy');
    if (step === undefined) throw new Error('there is no step for HAProxy');
    return step;
  };
  const jobs = () => balancer.sh('cat /run/systemctl.log');
  /** Which machine answers a new connection. */
  const answering = async (address = SERVER): Promise<string> => {
    const connection = client.spawn('socat', `TCP:${address}:${PORT}`, '-');
    const [said] = await Promise.race([
      once(connection.stdout as Readable, 'data'),
      once(connection, 'exit'),
    ]);
    connection.stdin?.end();
    return String(said).trim();
  };
  const open = async (): Promise<ChildProcess> => {
    const connection = client.spawn('socat', `TCP:${SERVER}:${PORT}`, '-');
    await untilSays(connection, 'demo-master-');
    return connection;
  };
  const echoes = async (connection: ChildProcess, text: string): Promise<void> => {
    connection.stdin?.write(`${text}\n`);
    await untilSays(connection, text);
  };

  test('is installed once, and left alone while nothing changes', async () => {
    expect(await balance(aBalancer())).toEqual([true]);
    expect(await answering()).toBe(M1.name);
    const before = await jobs();

    expect(await balance(aBalancer())).toEqual([false]);
    expect(await jobs()).toBe(before);
  });

  test('takes another machine in without dropping a connection', async () => {
    const connection = await open();

    expect(await balance(aBalancer({ machines: [M1, M2] }))).toEqual([true]);

    await echoes(connection, 'still here');
    connection.stdin?.end();
    expect(new Set([await answering(), await answering()])).toEqual(new Set([M1.name, M2.name]));
    expect(await balancer.sh(`cat /etc/haproxy/.haproxy.cfg.previous`)).not.toContain(M2.name);
  });

  test('a file that HAProxy does not take changes nothing, and HAProxy’s words say why', async () => {
    const before = await balancer.sh(`cat ${RUNNING}`);
    const jobsBefore = await jobs();

    const step = haproxyStep();
    const files = step.files.map((file) => ({ ...file, content: `${file.content}  no-such-keyword\n` }));

    await expect(run({ ...step, files })).rejects.toThrow(
      /unknown keyword 'no-such-keyword'[^]*refused, and nothing was changed/,
    );

    expect(await balancer.sh(`cat ${RUNNING}`)).toBe(before);
    expect(await jobs()).toBe(jobsBefore);
    expect(await answering()).toMatch(/^demo-master-/);
  });

  test('a file that is taken and does not serve is taken back, and no connection is dropped', async () => {
    const before = await balancer.sh(`cat ${RUNNING}`);
    const connection = await open();

    await expect(run(haproxyStep(ELSEWHERE))).rejects.toThrow(
      /haproxy runs with another file[^]*the one before it is back, and haproxy is active/,
    );

    expect(await balancer.sh(`cat ${RUNNING}`)).toBe(before);
    await echoes(connection, 'nothing happened');
    connection.stdin?.end();
    expect(await answering()).toMatch(/^demo-master-/);
    expect(await balance(aBalancer({ machines: [M1, M2] }))).toEqual([true]);
  });

  test('a change that broke off before it was proved is finished, and the proved file is still known', async () => {
    await balance(aBalancer({ machines: [M1, M2] }));
    const proved = await balancer.sh(`cat ${RUNNING}`);
    const step = haproxyStep(aBalancer({ machines: [M2] }));
    const brokenOff = (step.act ?? '').replace('if words=$(change 2>&1)', 'exit 1\nif words=$(change 2>&1)');
    await expect(run({ ...step, act: brokenOff })).rejects.toThrow(/COMMAND_FAILED|command/);
    expect(await balancer.sh(`cat ${RUNNING}`)).not.toBe(proved);

    await expect(run(haproxyStep(ELSEWHERE))).rejects.toThrow(/the one before it is back/);
    expect(await balancer.sh(`cat ${RUNNING}`)).toBe(proved);

    expect(await run(step)).toBe(true);
    expect([await answering(), await answering()]).toEqual([M2.name, M2.name]);
  });

  test('one that was stopped is started again', async () => {
    await balance(aBalancer());
    await balancer.sh('systemctl stop haproxy');

    expect(await balance(aBalancer())).toEqual([true]);

    expect(await answering()).toBe(M1.name);
  });

  test('a machine is drained before it stops, and comes back', async () => {
    const loadBalancer = aBalancer({ machines: [M1, M2] });
    await balance(aBalancer());
    const connection = await open();
    await balance(loadBalancer);
    // Known to the process that runs now.
    const later = await Promise.all([open(), open()]);
    const drain = { loadBalancer, machine: M1.name, patienceSeconds: 1 };
    const [stop, wait] = drainSteps(drain) as [GuestStep, GuestStep];

    expect(await run(stop)).toBe(true);
    expect(await run(stop)).toBe(false);
    expect([await answering(), await answering(), await answering()]).toEqual(Array(3).fill(M2.name));

    const ended = Promise.race(later.map((each) => once(each, 'exit')));
    expect(await run(wait)).toBe(true);
    await ended;
    expect(await run(wait)).toBe(false);

    expect(await run(readyStep(drain))).toBe(true);
    expect(await run(readyStep(drain))).toBe(false);
    expect(new Set([await answering(), await answering()])).toEqual(new Set([M1.name, M2.name]));
    for (const each of [connection, ...later]) each.stdin?.end();
  });

  test('a machine that a balancer does not know is drained already, and without HAProxy nothing is known', async () => {
    await balance(aBalancer());
    const steps = drainSteps({
      loadBalancer: aBalancer({ machines: [M1, M2] }),
      machine: M2.name,
      patienceSeconds: 1,
    });
    for (const step of steps) expect(await run(step)).toBe(false);
    await balancer.sh('systemctl stop haproxy');

    for (const step of steps) {
      await expect(run({ ...step, timeoutSeconds: 2 })).rejects.toThrow(/haproxy does not answer/);
    }
    await balance(aBalancer());
  });

  test('of two, the one whose HAProxy serves has the address, and the other one takes it over', async () => {
    const peerText = keepalivedConfig(aPair(), 'demo-lb-2').replaceAll('eth1', 'eth0');
    await client.sh(`cat > ${HAPROXY_CHECK.path}; chmod 755 ${HAPROXY_CHECK.path}`, '#!/bin/sh\n');
    await client.sh('cat > /etc/keepalived/keepalived.conf', peerText);
    client.spawn('sh', '-c', 'cd / && exec keepalived --dont-fork --log-console');
    const HAS = `until ip -4 address | grep -qF ' ${VIRTUAL}/'; do sleep 0.1; done`;
    await client.sh(HAS);

    expect(await balance(aPair())).toEqual([true, true, true]);

    // The one that comes later takes nothing from the one that has it.
    expect(await balancer.sh('ip -4 address')).not.toContain(` ${VIRTUAL}/`);
    await client.sh(`printf '#!/bin/sh\\nexit 1\\n' > ${HAPROXY_CHECK.path}`);
    await balancer.sh(HAS);
    expect(await answering(VIRTUAL)).toBe(M1.name);

    await client.sh(`printf '#!/bin/sh\\n' > ${HAPROXY_CHECK.path}`);
    await balancer.sh('systemctl stop haproxy');
    await client.sh(HAS);
    expect(await balance(aPair())).toEqual([false, true, false]);
  });
});
