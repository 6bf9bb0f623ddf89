import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import type { GuestStep } from '../../../domain/guest-step.js';
import { drainSteps, readyStep } from '../../../domain/load-balancer/drain-steps.js';
import { loadBalancerSteps } from '../../../domain/load-balancer/load-balancer-steps.js';
import { aDualHomedPair, aLoadBalancer, anIpv6Pair, aPair } from './load-balancers.js';

/** Reads the scripts as a POSIX shell does, and runs nothing of them. */
function parse({ observe, act, verify }: GuestStep): void {
  for (const script of [observe, act, verify]) {
    const input = `set -eu\n{\n${script ?? 'true'}\n} </dev/null\n`;
    execFileSync('sh', ['-n'], { input, stdio: ['pipe', 'pipe', 'pipe'] });
  }
}

function idsOf(steps: readonly GuestStep[]): string[] {
  return steps.map(({ id }) => id);
}

const drain = { loadBalancer: aDualHomedPair(), machine: 'demo-master-1', patienceSeconds: 30 };

test('one balancer needs HAProxy; two also keepalived, and to listen at what the other one may have', () => {
  expect(idsOf(loadBalancerSteps(aLoadBalancer(), 'demo-lb-1'))).toEqual(['haproxy']);
  expect(idsOf(loadBalancerSteps(aPair(), 'demo-lb-1'))).toEqual([
    ...['foreign-addresses', 'haproxy', 'keepalived'],
  ]);
  const [foreign] = loadBalancerSteps(anIpv6Pair(), 'demo-lb-2');
  expect(foreign?.files[0]?.content).toBe('net.ipv6.ip_nonlocal_bind = 1\n');
});

test('the file with the secret of the pair is root’s alone', () => {
  const steps = loadBalancerSteps(aPair(), 'demo-lb-1');

  const secret = steps.flatMap(({ files }) => files).filter(({ content }) => content.includes('{{secret:'));
  expect(secret).toMatchObject([{ path: '/etc/keepalived/.keepalived.conf.wanted', mode: '0600' }]);
  expect(steps.flatMap(({ act }) => act ?? '').join()).toContain('install -m 0600');
});

test('all scripts are ones that a POSIX shell reads', () => {
  const steps = [
    ...loadBalancerSteps(aDualHomedPair(), 'demo-lb-1'),
    ...loadBalancerSteps(anIpv6Pair(), 'demo-lb-2'),
    ...drainSteps(drain),
    readyStep(drain),
  ];

  for (const step of steps) parse(step);
});

test('a machine is drained at each port that it is behind, and waited for as long as was said', () => {
  const [stop, wait] = drainSteps(drain);

  for (const backend of ['api-6443', 'machine-config-22623', 'rke2-9345', 'talos-50000']) {
    expect(stop?.act).toContain(`set server ${backend}-machines/demo-master-1 state drain`);
  }
  expect(stop?.act).not.toContain('ingress');
  expect(wait?.act).toContain('seq 30');
  expect(wait?.timeoutSeconds).toBeGreaterThan(30);
});

test('a machine that is behind no port needs no draining', () => {
  expect(drainSteps({ ...drain, machine: 'demo-bastion-1' })).toEqual([]);
});

test('what is no name of a machine never comes into a script', () => {
  const refused = expect.objectContaining({ code: 'INVALID_REQUEST' });
  expect(() => drainSteps({ ...drain, machine: '$(reboot)' })).toThrow(refused);
  expect(() => readyStep({ ...drain, machine: '$(reboot)' })).toThrow(refused);
});
