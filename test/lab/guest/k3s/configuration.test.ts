import { describe, expect, test } from '@jest/globals';
import { DiskTree } from '../../../../lab/guest/disk/disk-tree.js';
import { putFile } from '../../../../lab/guest/disk/root-files.js';
import { K3S } from '../../../../lab/guest/k3s/k3s.js';
import { readConfiguration, type ConfigurationSource } from '../../../../lab/guest/rancher/configuration.js';
import { parseToken } from '../../../../lab/guest/rancher/token.js';

function aSource(
  files: Record<string, string>,
  changes: Partial<ConfigurationSource> = {},
): ConfigurationSource {
  const disk = new DiskTree({ kind: 'directory', entries: new Map(), mode: 0o755, uid: 0, gid: 0, mtime: 0 });
  for (const [path, content] of Object.entries(files)) putFile(disk, path, content);
  return { distribution: K3S, role: 'server', args: [], env: {}, disk, ...changes };
}

const FILE = '/etc/rancher/k3s/config.yaml';

describe('the configuration of K3s', () => {
  test('is the environment, the file and the arguments, the last one first', () => {
    const source = aSource(
      { [FILE]: 'token: from-file\ntls-san: [a]\n' },
      {
        args: ['--node-name=from-args', '--tls-san', 'b,c'],
        env: { K3S_TOKEN: 'from-env', K3S_URL: 'https://x:6443' },
      },
    );

    const configuration = readConfiguration(source);

    expect(configuration.text('token')).toBe('from-file');
    expect(configuration.text('node-name')).toBe('from-args');
    expect(configuration.text('server')).toBe('https://x:6443');
    expect(configuration.list('tls-san')).toEqual(['a', 'b', 'c']);
  });

  test('is completed by drop-ins, which replace or add', () => {
    const source = aSource({
      [FILE]: 'node-label: [a=1]\ndisable: [traefik]\nflannel-backend: vxlan\n',
      [`${FILE}.d/20.yaml`]: 'node-label+: [b=2]\ndisable: [servicelb]\n',
      [`${FILE}.d/10.yaml`]: 'flannel-backend: host-gw\n',
      [`${FILE}.d/ignored.txt`]: 'no-such-flag: 1\n',
    });

    const configuration = readConfiguration(source);

    expect(configuration.list('node-label')).toEqual(['a=1', 'b=2']);
    expect(configuration.list('disable')).toEqual(['servicelb']);
    expect(configuration.text('flannel-backend')).toBe('host-gw');
  });

  test('takes switches with and without a value', () => {
    const configuration = readConfiguration(
      aSource(
        { [FILE]: 'cluster-init: true\nembedded-registry: false\n' },
        { args: ['--secrets-encryption'] },
      ),
    );

    const names = ['cluster-init', 'embedded-registry', 'secrets-encryption', 'selinux'];

    expect(names.map((name) => configuration.isOn(name))).toEqual([true, false, true, false]);
  });

  test.each([
    ['an unknown flag', [], 'no-such: 1\n', /flag provided but not defined: -no-such/],
    ['an unknown argument', ['--no-such'], '', /flag provided but not defined: -no-such/],
    ['a flag without its value', ['--token'], '', /flag needs an argument: -token/],
    ['a list instead of a map', [], '- a\n', /cannot unmarshal/],
    ['a file that is not there', ['--config', '/nowhere.yaml'], '', /open \/nowhere\.yaml: no such file/],
  ])('is refused with %s', (_, args, text, reason) => {
    expect(() => readConfiguration(aSource({ [FILE]: text }, { args }))).toThrow(reason);
  });

  test('of an agent has no flags of a server', () => {
    expect(() => readConfiguration(aSource({ [FILE]: 'cluster-init: true\n' }, { role: 'agent' }))).toThrow(
      /flag provided but not defined: -cluster-init/,
    );
  });
});

describe('a join token', () => {
  const hash = '0123456789abcdef'.repeat(4);

  test.each([
    ['secret', { password: 'secret', caHash: null }],
    ['server:secret', { password: 'secret', caHash: null }],
    [`K10${hash}::server:secret\n`, { password: 'secret', caHash: hash }],
    [`K10${hash}::node:a:b`, { password: 'a:b', caHash: hash }],
    [`K10${hash}::secret`, { password: 'secret', caHash: hash }],
  ])('%j', (token, expected) => {
    expect(parseToken(token)).toEqual(expected);
  });

  test.each(['K10', 'K10abc::server:secret', `K10${hash}`])('%s is none', (token) => {
    expect(() => parseToken(token)).toThrow(/invalid token format/);
  });
});
