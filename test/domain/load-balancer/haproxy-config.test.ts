import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { descriptionIn, haproxyConfig } from '../../../domain/load-balancer/haproxy-config.js';
import type { LoadBalancer } from '../../../domain/load-balancer/load-balancer.js';
import {
  aDualHomedPair,
  ALL_PORTS,
  aLoadBalancer,
  anIpv6Pair,
  aPair,
  BOOTSTRAP,
  MACHINES,
} from './load-balancers.js';

/** The lines of a section, without its own. */
function section(config: string, name: string): string[] {
  const [, text = ''] = config.split(`\n${name}\n`);
  const lines = (text.split('\n\n')[0] ?? '').split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '');
}

function binds(config: string): string[] {
  return [...config.matchAll(/^ {2}bind (.+)$/gm)].map(([, bind = '']) => bind);
}

test('one load balancer forwards the API to all control-plane machines that are healthy', () => {
  const config = haproxyConfig(aLoadBalancer(), 'demo-lb-1');

  expect(section(config, 'frontend api-6443')).toEqual([
    'bind 10.1.107.11:6443',
    'default_backend api-6443-machines',
  ]);
  expect(section(config, 'backend api-6443-machines')).toEqual([
    'balance roundrobin',
    'option httpchk GET /readyz',
    'http-check expect status 200',
    'default-server inter 2s fastinter 500ms downinter 500ms fall 3 rise 2 check-ssl verify none',
    'server demo-master-1 10.1.107.101:6443 check',
    'server demo-master-2 10.1.107.102:6443 check',
  ]);
  expect(config.match(/^frontend /gm)).toHaveLength(1);
});

test('commands are taken from root alone, watches may be silent, and there is room for what memory holds', () => {
  const global = section(haproxyConfig(aLoadBalancer({ memoryMiB: 1024 }), 'demo-lb-1'), 'global');
  const defaults = section(haproxyConfig(aLoadBalancer(), 'demo-lb-1'), 'defaults');

  expect(global).toContain('stats socket /run/haproxy/admin.sock mode 600 level admin');
  expect(global).toContain('maxconn 10240');
  expect(defaults).toEqual(
    expect.arrayContaining(['mode tcp', 'timeout client 10m', 'timeout server 10m', 'timeout tunnel 4h']),
  );
});

test('of two, each listens at the address that clients use, and at its own', () => {
  expect(binds(haproxyConfig(aPair(), 'demo-lb-2'))).toEqual(['10.1.107.5:6443', '10.1.107.12:6443']);
  expect(binds(haproxyConfig(anIpv6Pair(), 'demo-lb-1'))).toEqual([
    ...['[fd00::5]:6443', '[fd00::11]:6443', '[fd00::5]:9345', '[fd00::11]:9345'],
  ]);
});

test('what machines ask of each other is not forwarded from the public side, whatever address it comes to', () => {
  const config = haproxyConfig(aDualHomedPair(), 'demo-lb-1');

  expect(section(config, 'frontend api-6443').slice(0, -2)).toEqual([
    ...['bind 10.1.107.5:6443', 'bind 10.1.107.11:6443', 'bind 192.0.2.5:6443'],
  ]);
  const isPublic = binds(config).filter((bind) => bind.startsWith('192.0.2.'));
  expect(isPublic.map((bind) => Number(bind.split(':')[1]))).toEqual([80, 80, 443, 443, 6443, 6443]);
  for (const port of [22623, 8132, 9345, 50_000]) {
    const own = binds(config).filter((bind) => bind.includes(`:${port}`));
    expect(own).toEqual([`10.1.107.5:${port} interface primary`, `10.1.107.11:${port} interface primary`]);
  }
});

test('the bootstrap machine steps in for as long as it is there', () => {
  const withIt = haproxyConfig(aLoadBalancer({ machines: [...MACHINES, BOOTSTRAP] }), 'demo-lb-1');

  expect(withIt).toContain('\n  server demo-bootstrap-1 10.1.107.100:6443 check backup\n');
  expect(haproxyConfig(aLoadBalancer(), 'demo-lb-1')).not.toContain('demo-bootstrap-1');
});

test('machines of other roles are behind no port, and a port without machines is there', () => {
  const config = haproxyConfig(aLoadBalancer({ services: ['ingress'], machines: [] }), 'demo-lb-1');

  expect(section(config, 'backend ingress-80-machines')).toEqual([
    ...['balance roundrobin', 'default-server inter 2s fastinter 500ms downinter 500ms fall 3 rise 2'],
  ]);
  expect(haproxyConfig(aDualHomedPair(), 'demo-lb-1')).not.toContain('demo-bastion-1');
});

describe('for any order of its lists', () => {
  const shuffled = <T>(all: readonly T[]) =>
    fc.shuffledSubarray([...all], { minLength: all.length, maxLength: all.length });

  test('the text is the same', () => {
    const wanted = haproxyConfig(aDualHomedPair(), 'demo-lb-1');
    fc.assert(
      fc.property(
        shuffled(ALL_PORTS),
        shuffled([...MACHINES, BOOTSTRAP]),
        shuffled(aDualHomedPair().services),
        (ports, machines, services) => {
          expect(haproxyConfig(aDualHomedPair({ ports, machines, services }), 'demo-lb-1')).toBe(wanted);
        },
      ),
    );
  });
});

test('whatever differs, HAProxy says of itself that it has another file', () => {
  const descriptions = [
    aLoadBalancer(),
    aLoadBalancer({ machines: MACHINES.slice(1) }),
    aLoadBalancer({ memoryMiB: 1024 }),
    aLoadBalancer({ services: ['rke2'] }),
    aPair(),
  ].map((loadBalancer) => descriptionIn(haproxyConfig(loadBalancer, 'demo-lb-1')));

  expect(new Set(descriptions).size).toBe(5);
  for (const description of descriptions) expect(description).toMatch(/^demo-[0-9a-f]{16}$/);
});

describe('refuses', () => {
  const side = { interface: 'primary', address: '10.1.107.11', prefixLength: 24 };
  const [first, second] = aPair().balancers;
  const hostile = 'x\n  bind :1';
  const [api] = ALL_PORTS;
  test.each<[string, Partial<LoadBalancer>, RegExp]>([
    ['no load balancer', { balancers: [] }, /one or two/],
    ['three', { balancers: [first, second, { ...first, name: 'x' }] as never }, /one or two/],
    ['nothing to forward', { services: [] }, /must be not empty/],
    ['a service that the distribution lacks', { ports: ALL_PORTS.slice(1) }, /"api" must be one that/],
    ['a port twice', { ports: [...ALL_PORTS, { ...api, service: 'api' }] as never }, /port 6443 must be/],
    ['a machine twice', { machines: [...MACHINES, ...MACHINES] }, /demo-master-1 must be there only once/],
    ["an address that is not the only balancer's", { privateSide: aPair().privateSide }, /balancer's own/],
    [
      "a virtual address that is a balancer's own",
      { ...aPair(), privateSide: side },
      /another than the load/,
    ],
    ['a public side without addresses', { publicSide: side }, /public side exactly when/],
    [
      'two families on one side',
      { ...aPair(), privateSide: { ...side, address: 'fd00::5' } },
      /must be of one family/,
    ],
    ['a prefix that is none', { privateSide: { ...side, prefixLength: 33 } }, /one of 1 to 32/],
    ['a hostile cluster', { cluster: hostile }, /DNS label/],
    ['a hostile interface', { privateSide: { ...side, interface: hostile } }, /name of an interface/],
    ['a hostile machine', { machines: [{ ...BOOTSTRAP, name: hostile }] }, /host name/],
    ['a hostile address', { machines: [{ ...BOOTSTRAP, address: hostile }] }, /IP address/],
    [
      'a hostile path',
      { ports: [{ ...api, check: { kind: 'https', path: `/${hostile}` } }] as never },
      /a path/,
    ],
    ['a port that is none', { ports: [{ ...api, port: 0 }] as never }, /whole number from 1 to 65535/],
    ['a hostile secret', { pairSecret: '}}' }, /name of a secret/],
  ])('%s', (_, change, detail) => {
    expect(() => haproxyConfig(aLoadBalancer(change), 'demo-lb-1')).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringMatching(detail) }),
    );
  });

  test('a balancer that there is not', () => {
    expect(() => haproxyConfig(aLoadBalancer(), 'demo-lb-9')).toThrow(/no load balancer of demo/);
  });
});
