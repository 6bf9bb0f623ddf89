import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { array, assert, property, string } from 'fast-check';
import { networkConfig } from '../../../activities/cloud-init/network-config.js';
import { seedImage, type Seed } from '../../../activities/cloud-init/seed-image.js';
import { userData, type UserData } from '../../../activities/cloud-init/user-data.js';
import { readIso } from './iso-reader.js';

function aUser(change: Partial<UserData> = {}): UserData {
  return {
    hostname: 'edge-server-1',
    fqdn: 'edge-server-1.cluster.internal',
    user: 'ubuntu',
    sshAuthorizedKeys: ['ssh-ed25519 AAAA one'],
    packages: [],
    runCmd: [],
    environment: {},
    ...change,
  };
}

function aSeed(change: Partial<Seed> = {}): Seed {
  return {
    userData: aUser(),
    metaData: { instanceId: '0f1e', hostname: 'edge-server-1' },
    networkConfig: {
      mac: 'BC:24:11:AA:00:01',
      address: '10.1.107.100',
      prefixLength: 24,
      gateway: '10.1.107.1',
      nameservers: ['10.1.107.2'],
      domain: 'cluster.internal',
      mtu: null,
    },
    ...change,
  };
}

describe('user-data', () => {
  test('begins with the line that cloud-init knows it by', () => {
    expect(userData(aUser()).split('\n')[0]).toBe('#cloud-config');
  });

  test('keeps any text as it is, for readers of YAML 1.1 and 1.2', () => {
    assert(
      property(array(string({ unit: 'binary' })), (lines) => {
        const text = userData(aUser({ runCmd: lines, sshAuthorizedKeys: lines }));

        for (const version of ['1.1', '1.2'] as const) {
          const read = parse(text, { version }) as {
            runcmd?: string[];
            users: [{ ssh_authorized_keys?: string[] }];
          };
          expect(read.runcmd ?? []).toEqual(lines);
          expect(read.users[0].ssh_authorized_keys ?? []).toEqual(lines);
        }
      }),
    );
  });

  test.each(['no', '0777', '12:30:45', '<<', '~', '# x', 'a: b', '\u007f', '\u0085', '😀', '*a', '!!c'])(
    'the line %j stays text',
    (line) => {
      const read = parse(userData(aUser({ runCmd: [line] })), { version: '1.1' }) as { runcmd: string[] };

      expect(read.runcmd).toEqual([line]);
    },
  );

  test('the environment is exported before the first line, whatever its values hold', () => {
    const environment = { PLAIN: 'x', HOSTILE: `it's $(touch /tmp/x) "two"\nlines; \\` };
    const read = parse(userData(aUser({ environment, runCmd: ['printf %s "$HOSTILE"'] }))) as {
      runcmd: string[];
    };

    const shell = spawnSync('sh', ['-c', read.runcmd.join('\n')], { encoding: 'utf8' });

    expect(shell.stdout).toBe(environment.HOSTILE);
  });

  test.each(['A B', '1A', 'A;x', ''])('a variable named %j is refused', (name) => {
    expect(() => userData(aUser({ environment: { [name]: '' } }))).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST' }),
    );
  });

  test('asks for no package index when there is nothing to install', () => {
    const read = parse(userData(aUser())) as Record<string, unknown>;

    expect(read).not.toHaveProperty('package_update');
    expect(read).not.toHaveProperty('runcmd');
  });
});

describe('network-config', () => {
  test('finds the interface by its MAC address in lower case', () => {
    const read = parse(networkConfig(aSeed().networkConfig)) as unknown;

    expect(read).toEqual({
      version: 2,
      ethernets: {
        primary: {
          match: { macaddress: 'bc:24:11:aa:00:01' },
          'set-name': 'primary',
          dhcp4: false,
          dhcp6: false,
          'accept-ra': false,
          addresses: ['10.1.107.100/24'],
          routes: [{ to: '0.0.0.0/0', via: '10.1.107.1' }],
          nameservers: { addresses: ['10.1.107.2'], search: ['cluster.internal'] },
        },
      },
    });
  });

  test('has no route without a gateway, and an MTU only where one is set', () => {
    const network = { ...aSeed().networkConfig, gateway: null, mtu: 9000 };

    const read = parse(networkConfig(network)) as { ethernets: { primary: object } };

    expect(read.ethernets.primary).not.toHaveProperty('routes');
    expect(read.ethernets.primary).toHaveProperty('mtu', 9000);
  });
});

describe('the image', () => {
  test('is labelled cidata and holds the three files', () => {
    const { volumeId, files } = readIso(seedImage(aSeed()), 'rock-ridge');

    expect(volumeId).toBe('cidata');
    expect([...files.keys()]).toEqual(['meta-data', 'network-config', 'user-data']);
    expect(parse(files.get('meta-data')?.toString() ?? '')).toEqual({
      'instance-id': '0f1e',
      'local-hostname': 'edge-server-1',
    });
  });

  test('is the same for the same seed, and another for another', () => {
    const [one, same, other] = [
      seedImage(aSeed()),
      seedImage(aSeed()),
      seedImage(aSeed({ userData: aUser({ runCmd: ['true'] }) })),
    ];

    expect(Buffer.from(one).equals(same)).toBe(true);
    expect(Buffer.from(one).equals(other)).toBe(false);
  });
});
