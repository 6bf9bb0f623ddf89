import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { keepalivedConfig } from '../../../domain/load-balancer/keepalived-config.js';
import { virtualRouterIds } from '../../../domain/load-balancer/virtual-router-id.js';
import { aDualHomedPair, aLoadBalancer, anIpv6Pair, aPair } from './load-balancers.js';

test('two balancers name each other, and share what clients use', () => {
  const [first, second] = ['demo-lb-1', 'demo-lb-2'].map((name) => keepalivedConfig(aPair(), name));
  const { privateSide } = virtualRouterIds('demo');

  expect(first?.slice(first.indexOf('vrrp_instance'))).toBe(`vrrp_instance private {
  state BACKUP
  nopreempt
  interface primary
  virtual_router_id ${privateSide}
  priority 101
  advert_int 1
  unicast_src_ip 10.1.107.11
  unicast_peer {
    10.1.107.12
  }
  authentication {
    auth_type PASS
    auth_pass {{secret:pair}}
  }
  virtual_ipaddress {
    10.1.107.5/24 dev primary
  }
  track_script {
    haproxy
  }
}
`);
  expect(second).toContain('  unicast_src_ip 10.1.107.12\n  unicast_peer {\n    10.1.107.11\n  }\n');
  expect(second).toContain('  priority 100\n');
});

test('each side has a number and an address of its own', () => {
  const text = keepalivedConfig(aDualHomedPair(), 'demo-lb-1');

  const numbers = [...text.matchAll(/virtual_router_id (\d+)/g)].map(([, number]) => Number(number));
  const { privateSide, publicSide } = virtualRouterIds('demo');
  expect(numbers).toEqual([privateSide, publicSide]);
  expect(text).toContain('    192.0.2.5/26 dev public\n');
  expect(text).toContain('  unicast_src_ip 192.0.2.11\n');
});

test('the VRRP of IPv6 has no secret', () => {
  expect(keepalivedConfig(anIpv6Pair(), 'demo-lb-1')).not.toContain('auth');
  expect(keepalivedConfig(aPair({ pairSecret: null }), 'demo-lb-1')).not.toContain('auth');
});

test('a load balancer that is no pair has none', () => {
  expect(() => keepalivedConfig(aLoadBalancer(), 'demo-lb-1')).toThrow(
    expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringMatching(/no pair/) }),
  );
});

test('the numbers of a cluster are always valid, apart, and those of another cluster are the same two or neither', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      const [a, b] = [virtualRouterIds(one), virtualRouterIds(other)];
      expect(a.privateSide).toBeGreaterThanOrEqual(1);
      expect(a.publicSide).toBeLessThanOrEqual(255);
      expect(a.privateSide).not.toBe(a.publicSide);
      expect([a.privateSide, a.publicSide].includes(b.privateSide)).toBe(a.privateSide === b.privateSide);
    }),
  );
  const used = new Set(
    Array.from({ length: 2_000 }, (_, index) => virtualRouterIds(`cluster-${index}`).privateSide),
  );
  expect(used.size).toBe(127);
});
