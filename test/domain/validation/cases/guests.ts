import { unseen } from '../../../../domain/validation/verdict.js';
import { NOW, SERVERS } from '../subject.js';
import { guestCase, guests, type Case } from './case.js';

const DAY = 86_400_000;
const FIRST = SERVERS[0]?.name ?? '';
const SERVER = new RegExp(`^${FIRST}: `);
const ETCD = { healthy: true, hasLeader: true, fsyncP99Ms: 4, databaseShare: 0.1 };

const says = (text: string): RegExp => new RegExp(`${SERVER.source}${text}`);

export const GUEST_CASES: readonly Case[] = [
  {
    id: 'guest-reachable',
    fact: 'guests',
    passes: guests(),
    fails: [{ machine: FIRST, seen: unseen('SSH_UNREACHABLE: no route') }, ...guests().slice(1)],
    says: says('SSH_UNREACHABLE: no route'),
  },
  guestCase('disk-space', { fileSystems: [{ path: '/var', usedShare: 1 }] }, says('/var is 100 % full')),
  guestCase('inode-space', { inodes: [{ path: '/', usedShare: 0.95 }] }, says('/ is 95 % full')),
  guestCase('guest-mtu', { mtu: 1_400 }, says('its MTU is 1400, not 1500')),
  guestCase('default-route', { hasDefaultRoute: false }, says('it has no default route')),
  guestCase(
    'guest-dns',
    { names: { asked: ['api.edge.lab.internal'], unresolved: ['api.edge.lab.internal'] } },
    says('it does not resolve api.edge.lab.internal'),
  ),
  guestCase('time-skew', { clockOffsetMs: -90_000 }, says('its clock is 90 s behind')),
  guestCase('time-synchronised', { clockSynchronised: false }, says('it is not synchronised')),
  guestCase('swap-off', { swaps: ['/swap.img'] }, says('it swaps to /swap.img')),
  guestCase('failed-services', { failedUnits: ['cron.service'] }, says('cron.service failed')),
  guestCase('etcd-health', { etcd: { ...ETCD, hasLeader: false } }, says('its etcd has no leader')),
  guestCase('etcd-fsync-latency', { etcd: { ...ETCD, fsyncP99Ms: 25 } }, says('fsync takes 25.0 ms')),
  guestCase('etcd-database-size', { etcd: { ...ETCD, databaseShare: 0.9 } }, says('its database takes 90 %')),
  guestCase(
    'certificates-valid',
    { certificates: [{ path: '/etc/a.crt', endsAt: NOW - 3 * DAY }] },
    says('/etc/a.crt expired 3 days ago'),
  ),
  guestCase(
    'certificates-expiring',
    { certificates: [{ path: '/etc/a.crt', endsAt: NOW + 12 * DAY }] },
    says('/etc/a.crt expires in 12 days'),
  ),
  guestCase('secrets-encrypted', { secretsEncryption: 'identity' }, says('the first provider is identity')),
  guestCase(
    'exposed-ports',
    { listening: ['0.0.0.0:22', '*:10255'] },
    says('\\*:10255 is the kubelet, read-only'),
  ),
  guestCase('memory-available', { memoryAvailableShare: 0.02 }, says('2 % of its memory is available')),
  guestCase('load', { loadPerCore: 5 }, says('its load is 5.0 a processor')),
  guestCase('load-baseline', { loadPerCore: 1.9 }, /^load: 1.90 a processor, and usually 0.20/, {
    baseline: { highestLoadPerCore: 0.2 },
  }),
  guestCase('pressure', { pressure: { cpu: 0, io: 0.8, memory: 0 } }, says('waits for io 80 % of the time')),
  guestCase('cpu-steal', { stealShare: 0.3 }, says('its host gave 30 % of its time to others')),
  guestCase('cpu-throttling', { throttledShare: 0.5 }, says('pods were throttled in 50 %')),
];
