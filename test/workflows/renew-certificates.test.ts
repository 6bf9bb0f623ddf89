import { describe, expect, test } from '@jest/globals';
import { etcdStatus } from '../../domain/etcd/status.js';
import type { EtcdServer } from '../../activities/etcd/activities.js';
import type { CertificateMachine } from '../../activities/certificates/activities.js';
import type { Certificate } from '../../domain/certificates/certificate.js';
import type { DayTwoOperation } from '../../workflows/messages.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { onCluster, useWorld, whereTimePasses } from './world.js';

const world = useWorld();

const RENEW: DayTwoOperation = { kind: 'renew-certificates', request: { reason: 'requested' } };
const DAY_MS = 86_400_000;
const daysFromNow = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();
const RUN_OUT = daysFromNow(-1);
const SOON = daysFromNow(9);
const LATER = daysFromNow(365);

/** Machines whose certificates end soon, until they are renewed. */
class Renewable extends FakeActivities {
  readonly renewed = new Set<string>();
  endsAt = SOON;
  /** Runs while a machine is renewed. */
  meanwhile: () => Promise<unknown> = () => Promise.resolve();

  constructor() {
    super();
    this.on('readCertificates', ({ machines }) => ({
      certificates: (machines as CertificateMachine[]).map(({ name }) => this.certificateOf(name)),
      unread: [],
    }));
    this.on('runGuestStep', async ({ step, address }) => {
      if ((step as { id: string }).id !== 'renew-certificates') return;
      await this.meanwhile();
      this.renewed.add(String(address));
    });
  }

  /** Addresses end with the number of the machine, in the order in which they were made. */
  private certificateOf(machine: string): Certificate {
    const isRenewed = this.renewedNames.has(machine);
    const path = '/var/lib/rancher/k3s/server/tls/client-admin.crt';
    return { machine, path, subject: 'CN=x', isAuthority: false, endsAt: isRenewed ? LATER : this.endsAt };
  }

  private get renewedNames(): Set<string> {
    const last = this.of('readCertificates').flatMap(({ args }) => args['machines'] as CertificateMachine[]);
    return new Set(last.filter(({ address }) => this.renewed.has(address)).map(({ name }) => name));
  }
}

const EFFECTS: ReadonlySet<string> = new Set([
  'readEtcd',
  'runGuestStep',
  'waitForEtcdVoters',
  'waitForNode',
  'renewKubeconfig',
  'keepCertificates',
]);

const effects = ({ calls }: FakeActivities, from: number): string[] =>
  calls.slice(from).flatMap(({ name, args }) => {
    const { address, node, nodes } = args as { address?: string; node?: string; nodes?: string[] };
    const short = (address ?? node ?? nodes?.join(',') ?? '').replaceAll(/c-[0-9a-f]{8}-/g, '');
    return EFFECTS.has(name) ? [`${name} ${short.split('.').at(-1)}`.trim()] : [];
  });

describe('a renewal of certificates', () => {
  test('takes one control plane at a time, proves the quorum before each, and waits until it is back', async () => {
    const activities = new Renewable();
    await onCluster(world, [3, 1], activities, async (handle, { from }) => {
      const state = await world.driver.ended(handle, await world.driver.operate(handle, RENEW));

      expect(state).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'succeeded' } });
      expect(effects(activities, from)).toEqual([
        ...['readEtcd', 'runGuestStep 100', 'waitForEtcdVoters server-1', 'waitForNode server-1'],
        ...['readEtcd', 'runGuestStep 101', 'waitForEtcdVoters server-2', 'waitForNode server-2'],
        ...['readEtcd', 'runGuestStep 102', 'waitForEtcdVoters server-3', 'waitForNode server-3'],
        'waitForEtcdVoters server-1,server-2,server-3',
        ...['waitForNode server-1', 'waitForNode server-2', 'waitForNode server-3'],
        ...['runGuestStep 103', 'waitForNode worker-1'],
        ...['renewKubeconfig 100', 'keepCertificates'],
      ]);
    });
  });

  test('touches no machine where the quorum would be lost', async () => {
    const activities = new Renewable();
    await onCluster(world, [3, 0], activities, async (handle, { from }) => {
      activities.on('readEtcd', ({ servers }) =>
        etcdStatus(
          (servers as readonly EtcdServer[]).map(({ node }, index) => ({
            ...{ id: String(index + 1), name: node, node, peerUrls: [], databaseBytes: 1, revision: 1 },
            ...{ isLearner: false, isLeader: index === 0, isHealthy: index !== 2, appliedIndex: 9 },
            problem: index === 2 ? 'it does not answer' : null,
          })),
          [],
        ),
      );

      const state = await world.driver.ended(handle, await world.driver.operate(handle, RENEW));

      expect(state).toMatchObject({
        phase: 'READY',
        failure: {
          code: 'ETCD_CHANGE_REFUSED',
          detail: expect.stringMatching(/server-1 may not restart: etcd would lose its quorum/),
        },
      });
      expect(effects(activities, from).filter((effect) => effect.startsWith('runGuestStep'))).toEqual([]);
    });
  });

  test('touches no machine where etcd does not answer and its certificates have not run out', async () => {
    const activities = new Renewable();
    await onCluster(world, [3, 0], activities, async (handle, { from }) => {
      activities.on('readEtcd', () => {
        throw activityError('ETCD_UNREACHABLE', 'connect ETIMEDOUT');
      });

      const state = await world.driver.ended(handle, await world.driver.operate(handle, RENEW));

      expect(state).toMatchObject({ phase: 'READY', failure: { code: 'ETCD_UNREACHABLE' } });
      expect(effects(activities, from).filter((effect) => effect.startsWith('runGuestStep'))).toEqual([]);
    });
  });

  test('goes on where etcd has lost its quorum already, as where everything has run out', async () => {
    const activities = new Renewable();
    activities.endsAt = RUN_OUT;
    await onCluster(world, [3, 0], activities, async (handle, { from }) => {
      activities.on('readEtcd', () => {
        throw activityError('ETCD_UNREACHABLE', 'certificate has expired');
      });

      const state = await world.driver.ended(handle, await world.driver.operate(handle, RENEW));

      expect(state).toMatchObject({ phase: 'READY', failure: null });
      const done = effects(activities, from).filter((effect) => !effect.startsWith('readEtcd'));
      expect(done.slice(0, 4)).toEqual([
        ...['runGuestStep 100', 'runGuestStep 101', 'runGuestStep 102'],
        'waitForEtcdVoters server-1,server-2,server-3',
      ]);
    });
  });

  test('stops at the machine whose certificates end when they did, and keeps the kubeconfig', async () => {
    const activities = new Renewable();
    activities.renewed.add = () => activities.renewed;
    await onCluster(world, [3, 0], activities, async (handle, { from }) => {
      const state = await world.driver.ended(handle, await world.driver.operate(handle, RENEW));

      expect(state.failure).toMatchObject({
        code: 'CERTIFICATES_NOT_RENEWED',
        detail: expect.stringMatching(
          new RegExp(`client-admin\\.crt on \\S+-server-1 still ends at ${SOON}`),
        ),
      });
      const done = effects(activities, from);
      expect(done.filter((effect) => effect.startsWith('runGuestStep'))).toEqual(['runGuestStep 100']);
      expect(done).not.toContain('renewKubeconfig 100');
    });
  });

  test('names an authority that ends soon, with what to do, and leaves it', async () => {
    const activities = new Renewable();
    await onCluster(world, [1, 0], activities, async (handle) => {
      activities.on('readCertificates', () => ({
        certificates: [
          {
            ...{ machine: 'm', path: '/tls/server-ca.crt', subject: 'CN=k3s-server-ca' },
            ...{ isAuthority: true, endsAt: daysFromNow(40) },
          },
        ],
        unread: [],
      }));

      await world.driver.ended(handle, await world.driver.operate(handle, RENEW));

      const said = activities.of('finishOperation').at(-1)?.args['detail'];
      expect(said).toMatch(
        /the authority \/tls\/server-ca\.crt on m ends in \d+ days\. Make new authorities/,
      );
      expect(said).toContain('k3s certificate rotate-ca');
    });
  });

  describe('cancelled', () => {
    whereTimePasses(world);

    test('that is cancelled brings the machine to its end that it has begun', async () => {
      const activities = new Renewable();
      await onCluster(world, [3, 0], activities, async (handle, { from }) => {
        const child = world.bed.environment.client.workflow.getHandle(
          `${handle.workflowId}/renew-certificates-2`,
        );
        activities.meanwhile = () => child.cancel();
        const id = await world.driver.operate(handle, RENEW);

        const state = await world.driver.ended(handle, id);

        expect(state).toMatchObject({ phase: 'READY', operation: { status: 'cancelled' } });
        const done = effects(activities, from);
        expect(done.filter((effect) => effect.startsWith('runGuestStep')).length).toBeLessThan(3);
        expect(done.at(-1)).toMatch(/^waitForNode server-\d$/);
      });
    });
  });
});
