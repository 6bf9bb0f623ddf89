import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { GuestStep } from '../../../domain/guest-step.js';
import { foreignDhcpStep } from '../../../domain/pxe/foreign-dhcp.js';
import { pxeServerStep, removePxeReservationsStep } from '../../../domain/pxe/pxe-steps.js';
import { aPxeNetwork, pxeNetworks } from './networks.js';

/** Reads the script as a POSIX shell does, and runs nothing of it. */
function parse(script: string): void {
  execFileSync('sh', ['-n'], {
    input: `set -eu\n{\n${script}\n} </dev/null\n`,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

function scriptsOf({ observe, act, verify }: GuestStep): string[] {
  return [observe, act, verify].filter((script) => script !== null);
}

test('all scripts are ones that a POSIX shell reads', () => {
  const dns = { records: [{ name: 'api.demo.internal', address: '10.1.107.5' }] };
  const steps = [
    pxeServerStep(aPxeNetwork()),
    pxeServerStep(aPxeNetwork({ dns })),
    removePxeReservationsStep('demo'),
    foreignDhcpStep('eth1'),
  ];

  for (const script of steps.flatMap(scriptsOf)) parse(script);
});

test('each cluster has a file and steps of its own', () => {
  const steps = ['demo', 'other'].map((cluster) => pxeServerStep(aPxeNetwork({ cluster })));

  expect(steps.map(({ id }) => id)).toEqual(['pxe-server-demo', 'pxe-server-other']);
  expect(steps.flatMap(({ files }) => files.map(({ path }) => path))).toEqual([
    '/etc/dnsmasq.d/clusterwright-demo.conf',
    '/etc/dnsmasq.d/clusterwright-other.conf',
  ]);
});

test('the scripts are the same whatever is reserved: only the file tells it', () => {
  fc.assert(
    fc.property(pxeNetworks, (network) => {
      const { files: _, ...scripts } = pxeServerStep({ ...network, dns: null });
      const { files: __, ...others } = pxeServerStep(aPxeNetwork());
      expect(scripts).toEqual(others);
    }),
  );
});

describe('what stands in a script is what it was meant to be', () => {
  test.each(['a b', 'a;b', '$(reboot)', '../x', 'Demo', ''])('for the cluster %j', (cluster) => {
    const refused = expect.objectContaining({ code: 'INVALID_REQUEST' });
    expect(() => pxeServerStep(aPxeNetwork({ cluster }))).toThrow(refused);
    expect(() => removePxeReservationsStep(cluster)).toThrow(refused);
  });

  test.each(['eth1 x', 'eth1;reboot', '$(reboot)', '', 'a'.repeat(16)])('for the interface %j', (device) => {
    const refused = expect.objectContaining({ code: 'INVALID_REQUEST' });
    expect(() => pxeServerStep(aPxeNetwork({ interface: device }))).toThrow(refused);
    expect(() => foreignDhcpStep(device)).toThrow(refused);
  });
});
