/** Every Ignition document that is written is one that Ignition takes, without a word of objection. */
import { spawnSync } from 'node:child_process';
import { beforeAll, expect, test } from '@jest/globals';
import {
  array,
  constantFrom,
  integer,
  nat,
  option,
  record,
  sample,
  string,
  stringMatching,
} from 'fast-check';
import { coreOsIgnition } from '../../domain/boot/coreos-ignition.js';
import { ignitionConfig } from '../../domain/boot/ignition.js';
import { ignitionFaults } from '../../schema/ignition.js';
import { BUILD_TIMEOUT_MS, describeWithGo, goProgram, IGNITION_VALIDATE } from './go-program.js';

const RUNS = 25;
const name = stringMatching(/^[a-z][a-z0-9-]{0,30}[a-z0-9]$/);
const line = string({ unit: 'binary', minLength: 1, maxLength: 40 });
const key = line.map((comment) => `ssh-ed25519 AAAA ${comment}`);

const firstBoots = record({
  hostname: name,
  user: stringMatching(/^[a-z_][a-z0-9_-]{0,31}$/),
  sshAuthorizedKeys: array(key, { maxLength: 3 }).map((keys) => [...new Set(keys)]),
  packages: constantFrom<string[]>([]),
  runCmd: array(line, { maxLength: 3 }),
  exports: array(line, { maxLength: 2 }),
}).map(ignitionConfig);

const cards = record({
  name,
  mac: nat(0xff).map((last) => `bc:24:11:aa:00:${last.toString(16).padStart(2, '0')}`),
  address: option(constantFrom('10.1.107.101', 'fd00::101')),
  prefixLength: constantFrom(64),
  gateway: option(constantFrom('10.1.107.1', 'fd00::1')),
  nameservers: array(constantFrom('10.1.107.2', 'fd00::2'), { maxLength: 2 }),
  searchDomain: option(constantFrom('lab.internal')),
  mtu: option(integer({ min: 1_280, max: 9_000 })),
}).map((card) => (card.address === null ? { ...card, prefixLength: null } : card));

const coreOsMachines = record({
  hostname: name,
  sshAuthorizedKeys: array(key, { maxLength: 4 }),
  interfaces: array(cards, { maxLength: 3 }).map((all) => [
    ...new Map(all.map((card) => [card.name, card])).values(),
  ]),
  base: firstBoots,
}).map(coreOsIgnition);

describeWithGo([IGNITION_VALIDATE], 'Ignition', () => {
  let program: string;
  beforeAll(async () => {
    program = await goProgram(IGNITION_VALIDATE);
  }, BUILD_TIMEOUT_MS);

  /** What it says: nothing of a document that it takes. */
  const objections = (document: string): string => {
    const { stdout, stderr, status } = spawnSync(program, ['-'], { input: document, encoding: 'utf8' });
    return stdout + stderr + (status === 0 ? '' : `(${status})`);
  };

  test.each([
    ['a first boot', firstBoots],
    ['a machine of CoreOS', coreOsMachines],
  ])(
    'takes every document of %s',
    (_, documents) => {
      for (const document of sample(documents, RUNS))
        expect([document, objections(document)]).toEqual([document, '']);
    },
    60_000,
  );

  const ofFiles = (...files: object[]) => ({ ignition: { version: '3.4.0' }, storage: { files } });
  const contents = { source: 'data:,x' };
  test.each<[string, object]>([
    ['no version', {}],
    ['a version of spec 2', { ignition: { version: '2.2.0' } }],
    ['a relative path', ofFiles({ path: 'etc/x', contents })],
    ['a path upwards', ofFiles({ path: '/etc/../x', contents })],
    ['a mode that is none', ofFiles({ path: '/x', mode: 10_644, contents })],
    ['a scheme that nobody fetches', ofFiles({ path: '/x', contents: { source: 'ftp://h/x' } })],
    ['overwriting with nothing', ofFiles({ path: '/x', overwrite: true })],
    ['one path twice', ofFiles({ path: '/x', contents }, { path: '/x', contents })],
    ['a unit without a suffix', { ignition: { version: '3.4.0' }, systemd: { units: [{ name: 'x' }] } }],
    ['one user twice', { ignition: { version: '3.4.0' }, passwd: { users: [{ name: 'a' }, { name: 'a' }] } }],
  ])('objects, as our own check does, to %s', (_, spoiled) => {
    const document = JSON.stringify(spoiled);

    expect(ignitionFaults(document)).not.toEqual([]);
    expect(objections(document)).not.toBe('');
  });
});
