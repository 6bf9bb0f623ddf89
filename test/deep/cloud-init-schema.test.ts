/** Whatever is written for cloud-init is what its own schema, YAML reader and network code take. */
import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  array,
  boolean,
  constantFrom,
  dictionary,
  integer,
  nat,
  option,
  record,
  sample,
  string,
  stringMatching,
} from 'fast-check';
import { noCloudDocuments, type Seed } from '../../activities/cloud-init/documents.js';
import { macOf } from '../../domain/machine.js';
import { cloudInitPackage, type Documents, type Understood } from './cloud-init-package.js';

const RUNS = 150;
const UUID = '0f1e2d3c-0000-4000-8000-000000aabbcc';
const word = stringMatching(/^[a-z][a-z0-9]{0,9}$/);
const name = stringMatching(/^[a-z][a-z0-9-]{0,30}[a-z0-9]$/);
/** Any text, with what YAML 1.1 makes something else of. */
const line = string({ unit: 'binary', minLength: 1, maxLength: 40 });
const trap = constantFrom('no', '0777', '12:30:45', '~', '<<', 'a: b', '# x', '', '2026-01-01', 'null');
const octet = integer({ min: 1, max: 254 });

const further = record({
  name: word,
  hasAddress: boolean(),
  host: octet,
  mtu: option(constantFrom(1500, 9000)),
});
const seeds = record({
  hostname: name,
  domain: stringMatching(/^[a-z]{1,8}\.(?:internal|example)$/),
  user: stringMatching(/^[a-z_][a-z0-9_-]{0,31}$/),
  sshAuthorizedKeys: array(line, { maxLength: 3 }),
  packages: array(stringMatching(/^[a-z0-9][a-z0-9+.]{1,20}$/), { maxLength: 4 }),
  runCmd: array(option(line, { nil: 'true' }), { maxLength: 4 }),
  traps: array(trap, { maxLength: 2 }),
  environment: dictionary(stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/), line, { maxKeys: 3 }),
  isFetchedOnce: boolean(),
  host: octet,
  prefixLength: integer({ min: 8, max: 30 }),
  hasGateway: boolean(),
  nameservers: array(octet, { maxLength: 3 }),
  mtu: option(constantFrom(1280, 1500, 9000)),
  interfaces: array(further, { maxLength: 3 }),
  tail: nat(0xffffff),
}).map((value): Seed => {
  const uuid = `${UUID.slice(0, -6)}${value.tail.toString(16).padStart(6, '0')}`;
  const names = new Set(value.interfaces.map((one) => one.name));
  names.delete('primary');
  return {
    userData: {
      hostname: value.hostname,
      fqdn: `${value.hostname}.${value.domain}`,
      user: value.user,
      sshAuthorizedKeys: value.sshAuthorizedKeys,
      packages: value.packages,
      runCmd: [...value.runCmd, ...value.traps],
      environment: value.environment,
      isFetchedOnce: value.isFetchedOnce,
    },
    metaData: { instanceId: uuid, hostname: value.hostname },
    networkConfig: {
      mac: macOf(uuid),
      address: `10.1.107.${value.host}`,
      prefixLength: value.prefixLength,
      gateway: value.hasGateway ? '10.1.107.1' : null,
      nameservers: value.nameservers.map((host) => `10.1.107.${host}`),
      domain: value.domain,
      mtu: value.mtu,
      interfaces: [...names].map((interfaceName, index) => {
        const one = value.interfaces.find((candidate) => candidate.name === interfaceName);
        const has = one?.hasAddress === true;
        return {
          name: interfaceName,
          mac: macOf(uuid, index + 1),
          address: has ? `10.2.${index}.${one.host}` : null,
          prefixLength: has ? 24 : null,
          gateway: null,
          mtu: one?.mtu ?? null,
        };
      }),
    },
  };
});

const isDebian = existsSync('/etc/debian_version') && existsSync('/usr/bin/python3');
if (!isDebian)
  process.stderr.write('Skipped: cloud-init’s own schema (it is taken from a Debian package).\n');

(isDebian ? describe : describe.skip)('cloud-init', () => {
  let ask: (documents: readonly Documents[]) => Understood[];
  beforeAll(async () => {
    ask = await cloudInitPackage();
  });

  test('takes all that is ever written for it, and reads what was meant', () => {
    const wanted = sample(seeds, RUNS);

    const understood = ask(wanted.map(noCloudDocuments));

    expect(understood.flatMap(({ problems }) => problems)).toEqual([]);
    wanted.forEach(({ userData, metaData, networkConfig }, position) => {
      const read = understood[position];
      const config = read?.userData as { users: { name: string; ssh_authorized_keys?: string[] }[] };
      expect(config.users).toEqual([expect.objectContaining({ name: userData?.user })]);
      expect(config.users[0]?.ssh_authorized_keys ?? []).toEqual(userData?.sshAuthorizedKeys);
      const runcmd = (read?.userData['runcmd'] ?? []) as string[];
      const exported = Object.keys(userData?.environment ?? {}).length === 0 ? 0 : 1;
      expect(runcmd.slice(exported)).toEqual(userData?.runCmd);
      expect(read?.metaData).toEqual({
        'instance-id': metaData.instanceId,
        'local-hostname': metaData.hostname,
      });
      const { mac, address, prefixLength, interfaces = [] } = networkConfig;
      const expected = [{ mac, address, prefixLength }, ...interfaces].map((one) => ({
        mac: one.mac.toLowerCase(),
        addresses: one.address === null ? [] : [`${one.address}/${one.prefixLength}`],
      }));
      const sorted = (list: readonly { mac: string | null }[]) =>
        list.toSorted((a, b) => (String(a.mac) < String(b.mac) ? -1 : 1));
      expect(
        sorted((read?.interfaces ?? []).map(({ mac: seen, addresses }) => ({ mac: seen, addresses }))),
      ).toEqual(sorted(expected));
    });
  });

  test('objects to what our own check objects to', () => {
    const [documents] = sample(seeds, 1).map(noCloudDocuments);

    const [spoiled] = ask([
      { ...(documents as Documents), userData: '#cloud-config\nusers: [{shell: 5}]\n' },
    ]);

    expect(spoiled?.problems).not.toEqual([]);
  });
});
