import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createSelfSigned } from './certificate.js';
import { createGuestValidation } from '../../../activities/validation/activities.js';
import type { CheckResult } from '../../../domain/validation/result.js';
import { SERVERS } from '../../domain/validation/subject.js';
import { aServer, USER_KEYS, type Answer } from '../ssh/ssh-server.js';
import { ShellGuest } from '../ssh/shell-guest.js';
import { aReservation, aStore } from '../../store/store-builder.js';
import { aRequest, evidenceOf, inActivity, statuses } from './observe-request.js';
import { MACHINE_OUTPUT } from './machine-output.js';

const MACHINE = { ...SERVERS[0], name: 'edge-server-1', address: '127.0.0.1' } as (typeof SERVERS)[number];
const REQUEST = aRequest('GUESTS', { machines: [MACHINE] });

async function activitiesOn(answer: Answer) {
  const store = await aStore();
  const reservation = aReservation(['m-1']);
  await store.machines.reserve({
    ...reservation,
    machines: [{ uuid: 'm-1', name: MACHINE.name, host: 'hv5' }],
  });
  await store.secrets.put('uid-1', 'ssh-private-key', USER_KEYS.private);
  const { port, server } = await aServer(answer);
  return { activities: createGuestValidation({ store, proxyUrl: null, port }), server };
}

/** Says what a machine would, with the changes that are given by section. */
function saying(changes: Readonly<Record<string, string>> = {}, clock = () => Date.now()): Answer {
  return ({ command }) => {
    if (command.startsWith('date')) {
      const now = clock();
      const nanoseconds = `${now % 1_000}`.padStart(3, '0').padEnd(9, '0');
      return { stdout: `${Math.floor(now / 1_000)} ${nanoseconds}\n` };
    }
    const sections = { ...MACHINE_OUTPUT, certificates: lasting(300), ...changes };
    const text = Object.entries(sections).map(([name, lines]) => `@@clusterwright ${name}\n${lines}\n`);
    return { stdout: text.join('') };
  };
}

function lasting(days: number): string {
  return `file /var/lib/rancher/k3s/server/tls/serving.crt\n${createSelfSigned(days)}`;
}

async function validate(answer: Answer): Promise<CheckResult[]> {
  const { activities } = await activitiesOn(answer);
  return inActivity(() => activities.validateGuests(REQUEST));
}

test('a machine that is sound passes everything that is looked at', async () => {
  const results = await validate(saying());

  expect(results.filter(({ status }) => status === 'failed' || status === 'unknown')).toEqual([]);
  expect(results.length).toBeGreaterThan(20);
});

describe('is failed by', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ['disk-space', { disks: 'Filesystem\n/dev/sda1 100 97 3 97% /var lib' }, /\/var lib is 97 % full/],
    ['inode-space', { inodes: 'Filesystem\n/dev/sda1 100 99 1 99% /' }, /\/ is 99 % full/],
    ['default-route', { routes: '10.1.107.0/24 dev eth0' }, /no default route/],
    ['swap-off', { swaps: 'Filename Type\n/swap.img file 1 0 -2' }, /swaps to \/swap.img/],
    ['failed-services', { failed: '● cron.service loaded failed failed Cron' }, /cron.service failed/],
    ['time-synchronised', { ntp: 'NTPSynchronized=no' }, /not synchronised/],
    ['guest-dns', { names: '+ a.example\n- b.example' }, /does not resolve b.example/],
    ['exposed-ports', { ports: 'LISTEN 0 128 0.0.0.0:2375 0.0.0.0:*' }, /container engine/],
    ['secrets-encrypted', { encryption: 'identity' }, /first provider is identity/],
    ['etcd-health', { 'etcd-health': '{"health":"false"}' }, /not healthy/],
    [
      'load',
      { load: '9.9 9.9 9.9 1/1 1', processors: '2' },
      /load is 4.9 a processor|load is 5.0 a processor/,
    ],
    ['memory-available', { memory: 'MemTotal: 100 kB\nMemAvailable: 3 kB' }, /3 % of its memory/],
    ['pressure', { 'pressure-io': 'some avg10=0 avg60=77.00 avg300=0 total=1' }, /waits for io 77 %/],
    ['cpu-steal', { stat: 'cpu 10 0 10 50 0 0 0 30 0 0' }, /gave 30 % of its time/],
    ['cpu-throttling', { throttled: 'nr_periods 100\nnr_throttled 80' }, /throttled in 80 %/],
  ])(
    '%s, and by nothing else',
    async (id, changes, says) => {
      const results = await validate(saying(changes));

      expect(results.filter(({ status }) => status === 'failed').map((result) => result.id)).toEqual([id]);
      expect(evidenceOf(results, id)[0]).toMatch(says);
    },
    60_000,
  );

  test('a certificate that has expired, and one that is about to', async () => {
    const expired = await validate(saying({ certificates: lasting(-2) }));
    const soon = await validate(saying({ certificates: lasting(5) }));

    expect(evidenceOf(expired, 'certificates-valid')[0]).toMatch(/serving.crt expired 2 days ago/);
    expect(statuses(expired)['certificates-expiring']).toBe('passed');
    expect(evidenceOf(soon, 'certificates-expiring')[0]).toMatch(/serving.crt expires in 5 days/);
    expect(statuses(soon)['certificates-valid']).toBe('passed');
  });

  test.each([
    [-90_000, /its clock is 90 s behind/],
    [3_600_000, /its clock is 60 min ahead/],
  ])(
    'a clock that is off by %d ms',
    async (offset, says) => {
      const results = await validate(saying({}, () => Date.now() + offset));

      expect(evidenceOf(results, 'time-skew')[0]).toMatch(says);
    },
    60_000,
  );

  test('another MTU than that of the network', async () => {
    const { activities } = await activitiesOn(saying());
    const { network } = REQUEST.definition;
    const definition = { ...REQUEST.definition, network: { ...network, mtu: 9_000 } };

    const results = await inActivity(() => activities.validateGuests({ ...REQUEST, definition }));

    expect(evidenceOf(results, 'guest-mtu')).toEqual(['edge-server-1: its MTU is 1500, not 9000']);
  });

  test('disks that are too slow for etcd', async () => {
    const slow = (MACHINE_OUTPUT['etcd-metrics'] ?? '').replaceAll(/(le="0\.00[48]"\}) 100/g, '$1 60');
    const results = await validate(saying({ 'etcd-metrics': slow }));

    expect(statuses(results)['etcd-fsync-latency']).toBe('failed');
    const fsync = results.find(({ id }) => id === 'etcd-fsync-latency');
    expect(fsync?.measures['etcdFsyncP99Ms']).toBeGreaterThan(10);
  });
});

test('what a machine does not tell is unknown', async () => {
  const results = await validate(({ command }) => (command.startsWith('date') ? { code: 127 } : {}));
  const { 'guest-reachable': reachable, 'guest-mtu': mtu, ...others } = statuses(results);

  expect([reachable, mtu]).toEqual(['passed', 'unknown']);
  expect(new Set(Object.values(others))).toEqual(new Set(['unknown']));
});

test('a machine that does not let us in is unreachable, and everything else of it unknown', async () => {
  const { activities, server } = await activitiesOn(() => ({}));
  await server.close();

  const results = await inActivity(() => activities.validateGuests(REQUEST));
  const { 'guest-reachable': reachable, ...others } = statuses(results);

  expect(reachable).toBe('failed');
  expect(evidenceOf(results, 'guest-reachable')[0]).toMatch(/SSH_UNREACHABLE/);
  expect(new Set(Object.values(others))).toEqual(new Set(['unknown']));
});

test('the script runs in a POSIX shell, reads only certificates of files with keys, and leaves out what is missing', async () => {
  const guest = new ShellGuest();
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  guest.write('/etc/kubernetes/pki/apiserver.crt', createSelfSigned(20) + key);
  const kubeconfig = Buffer.from(createSelfSigned(10)).toString('base64');
  guest.write('/etc/kubernetes/admin.conf', `users:\n- user:\n    client-certificate-data: ${kubeconfig}\n`);
  guest.write('/etc/kubernetes/encryption/configuration.json', '{"providers":[{"aescbc":{"keys":[1]}}]}');
  const outputs: string[] = [];
  const { activities } = await activitiesOn(async (received) => {
    const reply = await guest.answer(received);
    outputs.push(reply.stdout ?? '');
    return reply;
  });
  const definition = { ...REQUEST.definition, type: 'VANILLA' } as const;

  const results = await inActivity(() => activities.validateGuests({ ...REQUEST, definition }));

  expect(statuses(results)).toMatchObject({
    'guest-reachable': 'passed',
    'certificates-valid': 'passed',
    'certificates-expiring': 'failed',
    'secrets-encrypted': 'passed',
    'time-skew': 'passed',
    'etcd-health': 'unknown',
  });
  expect(evidenceOf(results, 'certificates-expiring')[0]).toMatch(
    /admin.conf expires in 10 days, .*apiserver.crt expires in 20 days/,
  );
  expect(outputs.join('')).not.toMatch(/PRIVATE KEY/);
});
