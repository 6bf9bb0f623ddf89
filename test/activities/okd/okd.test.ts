import { beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { createOkdActivities } from '../../../activities/okd/activities.js';
import { installFilesOf } from '../../../activities/okd/install-secret.js';
import { okdIgnition } from '../../../activities/okd/machine-ignition.js';
import { BOOTSTRAP_STEP } from '../../../platforms/okd/steps.js';
import type { NodeRole } from '../../../domain/cluster-definition.js';
import { ignitionFaults } from '../../../schema/ignition.js';
import { PLAIN_MACHINE } from '../../builders/machine.js';
import { CLUSTER, InstallHost, MADE, PATHS, run, UID } from './install-host.js';

const SIX_HOURS = 6;
const TWENTY_ONE_HOURS = 21;
const A_DAY_AND_MORE = 25;

let host: InstallHost;

beforeEach(async () => {
  host = await InstallHost.start();
});

const sealed = () => installFilesOf(host.store.secrets, UID);

/** What `renewIgnitionStep` does there. */
function renews(): void {
  host.onScript = (script) => {
    if (script.includes('create ignition-configs')) host.make(host.now);
    return {};
  };
}

describe('fetching what the install programme made', () => {
  test('seals the documents and the kubeconfig, and tells how long they are good for', async () => {
    const budget = await host.fetch();

    expect(budget).toEqual({ madeAt: '2026-01-01T00:00:00.000Z', endsAt: '2026-01-02T00:00:00.000Z' });
    expect((await sealed())?.documents['master.ign']).toBe(host.files.get(PATHS.ignition('master.ign')));
    const kubeconfig = parse((await host.store.secrets.get(UID, 'kubeconfig')) ?? '') as object;
    expect(kubeconfig).toMatchObject({
      'current-context': CLUSTER,
      clusters: [
        {
          cluster: {
            server: 'https://10.1.107.9:6443',
            'tls-server-name': 'api.okd-production.lab.internal',
            'certificate-authority-data': 'Y2E=',
          },
        },
      ],
    });
  });

  test('again changes nothing, also hours later and with machines that have booted', async () => {
    const first = await host.fetch();
    host.later(SIX_HOURS);
    await host.store.machines.update('m-1', { sshHostKey: 'A'.repeat(43) });

    expect(await host.fetch()).toEqual(first);
    expect(host.scripts).toEqual([]);
  });

  test('has them made anew when they are too old and nothing has booted from them', async () => {
    await host.fetch();
    host.later(TWENTY_ONE_HOURS);
    renews();

    expect(await host.fetch()).toEqual({
      madeAt: '2026-01-01T21:00:00.000Z',
      endsAt: '2026-01-02T21:00:00.000Z',
    });
    expect((await sealed())?.madeAt).toBe('2026-01-01T21:00:00.000Z');
    expect((await sealed())?.documents['bootstrap.ign']).toContain(String(host.now));
  });

  test.each([
    ['that somebody has logged in to', { sshHostKey: 'A'.repeat(43) }, 0],
    ['that has begun its network boot', {}, 1],
  ])('does not touch them for a machine %s', async (_, change, boots) => {
    await host.store.machines.update('m-2', change);
    if (boots > 0) {
      await host.store.boots.arm({
        ...{
          machineUuid: 'm-2',
          clusterUid: UID,
          cluster: CLUSTER,
          machine: 'm-2',
          mac: 'bc:24:11:00:00:02',
        },
        network: { address: '10.1.107.102', kernel: 'k', initrd: null, kernelArguments: [] },
        documents: { kind: 'none' },
      });
      await host.store.boots.begin('bc:24:11:00:00:02', '10.1.107.102');
    }
    host.later(TWENTY_ONE_HOURS);
    renews();

    await expect(host.fetch()).rejects.toMatchObject({
      code: 'CERTIFICATES_EXPIRED_BEFORE_BOOTSTRAP',
      message: expect.stringMatching(
        /end at 2026-01-02T00:00:00.000Z, and edge-m-2 booted with them/,
      ) as unknown,
    });
    expect(host.scripts).toEqual([]);
  });

  test('does not replace those that machines have booted from', async () => {
    await host.fetch();
    await host.store.machines.update('m-1', { sshHostKey: 'A'.repeat(43) });
    host.make(MADE + 60_000);

    await expect(host.fetch()).rejects.toMatchObject({ code: 'STEP_NOT_VERIFIED' });
    expect((await sealed())?.madeAt).toBe('2026-01-01T00:00:00.000Z');
  });

  test.each([
    ['a document that Ignition would refuse', () => PATHS.ignition('worker.ign'), '{}', 'STEP_NOT_VERIFIED'],
    ['a record that says nothing', () => PATHS.record, 'yesterday\n', 'STEP_NOT_VERIFIED'],
    ['a kubeconfig that is none', () => PATHS.kubeconfig, 'x', 'STEP_NOT_VERIFIED'],
  ])('seals nothing of %s', async (_, path, text, code) => {
    host.files.set(path(), text);

    await expect(host.fetch()).rejects.toMatchObject({ code });
    expect(await sealed()).toBeUndefined();
  });

  test('waits where nothing was made yet', async () => {
    host.files.delete(PATHS.record);

    await expect(host.fetch()).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
  });
});

describe('the document of a machine', () => {
  const request = (role: NodeRole) => ({
    identity: {
      clusterUid: UID,
      cluster: CLUSTER,
      name: 'okd-1',
      uuid: '0-0-1',
      vmid: 1,
      mac: 'BC:24:11:00:00:01',
    },
    machine: {
      ...PLAIN_MACHINE,
      ...{ name: 'okd-1', role, group: 'x', ordinal: 1, host: 'hv5', system: 'IGNITION' as const },
      ...{
        source: { kind: 'empty' as const },
        storage: 'x',
        isoStorage: 'x',
        cores: 4,
        memoryMiB: 1,
        diskGiB: 1,
      },
      ...{ cpuType: 'x', tags: [], labels: {}, taints: [], metadata: {} },
      network: {
        ...{ bridge: 'vmbr0', vlan: 107, address: '10.1.107.101', prefixLength: 24, gateway: '10.1.107.1' },
        ...{ nameservers: ['10.1.107.2'], domain: 'lab.internal', mtu: null },
      },
      interfaces: [
        {
          name: 'storage',
          bridge: 'vmbr1',
          vlan: null,
          address: '10.9.0.7',
          prefixLength: 16,
          gateway: null,
          mtu: null,
        },
      ],
    },
    login: {
      user: 'core',
      sshAuthorizedKeys: ['ssh-ed25519 AAAA'],
      packages: [],
      runCmd: [],
      environment: {},
    },
  });
  const at = (hours: number) => new Date(MADE + hours * 3_600_000);

  test('has the document of its role and a connection for each interface', async () => {
    await host.fetch();

    const text = await okdIgnition(host.store.secrets, request('WORKER'), at(1));

    expect(ignitionFaults(text)).toEqual([]);
    const base = host.files.get(PATHS.ignition('worker.ign')) ?? '';
    expect(text).toContain(Buffer.from(base).toString('base64'));
    expect(decodeURIComponent(text)).toContain('address1=10.9.0.7/16');
    expect(text).toContain('/etc/NetworkManager/system-connections/storage.nmconnection');
  });

  test('cannot be had before the files were fetched', async () => {
    await expect(okdIgnition(host.store.secrets, request('WORKER'), at(1))).rejects.toMatchObject({
      code: 'IGNITION_NOT_READY',
    });
  });

  test('is not given to a bootstrap machine that would be too late, and to others at any time', async () => {
    await host.fetch();

    await expect(okdIgnition(host.store.secrets, request('BOOTSTRAP'), at(21))).rejects.toMatchObject({
      code: 'CERTIFICATES_EXPIRED_BEFORE_BOOTSTRAP',
    });
    expect(await okdIgnition(host.store.secrets, request('BOOTSTRAP'), at(19))).toContain('okd-1');
    expect(await okdIgnition(host.store.secrets, request('WORKER'), at(9_000))).toContain('okd-1');
  });
});

describe('waiting for the end of the bootstrap', () => {
  const step = { ...BOOTSTRAP_STEP, timeoutSeconds: 1 };
  /** The check fails, and what else is run does not. */
  const failing = (stderr: string) => (script: string) =>
    script.includes('.bootkube.done') ? { code: 1, stderr } : {};
  const wait = () => run(host.activities().waitForBootstrap, { ...host.target('m-1'), step });

  test('ends when the machine says so', async () => {
    await host.fetch();

    await expect(wait()).resolves.toBeUndefined();
  });

  test('tells what the journal says', async () => {
    await host.fetch();
    host.onScript = failing('bootkube.service is activating:\nWaiting for masters: 2 of 3');

    await expect(wait()).rejects.toMatchObject({
      code: 'STEP_NOT_VERIFIED',
      message: expect.stringContaining('Waiting for masters: 2 of 3') as unknown,
    });
  });

  test('says that it is too late, once it is', async () => {
    await host.fetch();
    host.later(A_DAY_AND_MORE);
    host.onScript = failing('x509: certificate has expired');

    await expect(wait()).rejects.toMatchObject({
      code: 'CERTIFICATES_EXPIRED_BEFORE_BOOTSTRAP',
      message: expect.stringMatching(
        /ended at 2026-01-02T00:00:00.000Z.*x509: certificate has expired/,
      ) as unknown,
    });
  });
});

describe('a pull secret', () => {
  const seal = (name: string) =>
    run(
      createOkdActivities({
        store: host.store,
        proxyUrl: null,
        pullSecrets: new Map([
          ['good', '{\n  "auths": {"registry:5000": {"auth": "eDp5", "email": "a@b"}}\n}'],
          ['without-auths', '{"registry": "secret-word"}'],
          ['no-json', 'secret-word'],
        ]),
      }).sealPullSecret,
      { clusterUid: UID, name },
    );

  test('is sealed on one line', async () => {
    await seal('good');

    expect(await host.store.secrets.get(UID, 'pull-secret')).toBe(
      '{"auths":{"registry:5000":{"auth":"eDp5","email":"a@b"}}}',
    );
  });

  test.each(['missing', 'without-auths', 'no-json'])(
    'that is %s is refused without a word of it',
    async (name) => {
      const refusal = await seal(name).catch((error: unknown) => error);

      expect(refusal).toMatchObject({ code: 'PULL_SECRET_INVALID' });
      expect(String(refusal)).not.toContain('secret-word');
    },
  );
});
