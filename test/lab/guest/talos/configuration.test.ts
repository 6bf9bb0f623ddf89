import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { createAuthority } from '../../../../activities/certificates/authority.js';
import { withKey, withoutKey } from '../../../../activities/talos/machine-configuration/talos-pem.js';
import { parseConfiguration } from '../../../../lab/guest/talos/configuration.js';

const MACHINE = await createAuthority({ organization: 'talos' }, 'Ed25519');
const KUBERNETES = await createAuthority({ organization: 'kubernetes' }, 'P-256');

interface Parts {
  readonly machine?: Readonly<Record<string, unknown>>;
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly document?: Readonly<Record<string, unknown>>;
}

function controlPlane({ machine = {}, cluster = {}, document = {} }: Parts = {}): string {
  return stringify({
    version: 'v1alpha1',
    machine: {
      type: 'controlplane',
      token: 'a.b',
      ca: withKey(MACHINE),
      install: { disk: '/dev/sda' },
      network: { hostname: 'one' },
      ...machine,
    },
    cluster: {
      controlPlane: { endpoint: 'https://10.1.107.101:6443' },
      ca: withKey(KUBERNETES),
      etcd: { ca: withKey(KUBERNETES) },
      token: 'c.d',
      ...cluster,
    },
    ...document,
  });
}

describe('a machine with Talos', () => {
  test('takes a whole configuration, with documents of other kinds beside it', () => {
    const text = `${controlPlane()}---\napiVersion: v1alpha1\nkind: WatchdogTimerConfig\ndevice: /dev/watchdog0\n`;

    expect(parseConfiguration(text)).toMatchObject({
      type: 'controlplane',
      hostname: 'one',
      machineToken: 'a.b',
      taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
    });
  });

  test.each<[string, string, RegExp]>([
    [
      'an unknown key',
      controlPlane({ machine: { instal: {} } }),
      /^failed to parse config: unknown keys found during decoding:\nmachine:\n +instal: \{\}/,
    ],
    [
      'an unknown key in a list',
      controlPlane({ machine: { network: { interfaces: [{ adresses: [] }] } } }),
      /interfaces:\n +- adresses/,
    ],
    ['another version', controlPlane({ document: { version: 'v1beta1' } }), /invalid config version/],
    ['no YAML', 'machine: [', /failed to parse config: failed to decode manifest/],
    ['nothing', '', /no configuration documents provided/],
    ['no machine', 'version: v1alpha1\n', /machine instructions are required/],
    ['another type', controlPlane({ machine: { type: 'init-me' } }), /unknown machine type "init-me"/],
    [
      'no authority',
      controlPlane({ machine: { ca: {} } }),
      /issuing CA or some accepted CAs are required \(\.machine\.ca/,
    ],
    [
      'an authority without its key',
      controlPlane({ machine: { ca: withoutKey(MACHINE) } }),
      /issuing CA key is required for controlplane nodes/,
    ],
    [
      'a worker with a key',
      controlPlane({ machine: { type: 'worker' } }),
      /not allowed on non-controlplane nodes \(\.machine\.ca\)\n.*\n.*etcd config is only allowed/,
    ],
    [
      'no disk',
      controlPlane({ machine: { install: {} } }),
      /either install disk or diskSelector should be defined/,
    ],
    [
      'no endpoint',
      controlPlane({ cluster: { controlPlane: {} } }),
      /cluster controlplane endpoint is required/,
    ],
    [
      'an endpoint without TLS',
      controlPlane({ cluster: { controlPlane: { endpoint: 'http://a:6443' } } }),
      /url must start with https/,
    ],
    [
      'no etcd authority',
      controlPlane({ cluster: { etcd: {} } }),
      /key\/cert combination should not be empty/,
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseConfiguration(text)).toThrow(message);
  });

  test('does not read a key by the label that OpenSSL gives it', () => {
    const key = Buffer.from(MACHINE.privateKey).toString('base64');
    const text = controlPlane({ machine: { ca: { ...withoutKey(MACHINE), key } } });

    expect(() => parseConfiguration(text)).toThrow(/issuing CA|unsupported key type/);
  });
});
