import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createCertificateActivities } from '../../../activities/certificates/activities.js';
import { createSecretRotation } from '../../../activities/secrets/activities.js';
import { createSshActivities } from '../../../activities/ssh/activities.js';
import { publicKeyOf } from '../../../activities/ssh/ssh-keys.js';
import { notRenewed } from '../../../domain/certificates/compare-readings.js';
import type { GuestStep } from '../../../domain/guest-step.js';
import { createLabKubernetes } from '../../../lab/kubernetes/lab-kubernetes.js';
import { startSocksServer, type SocksServer } from '../../../lab/network/socks-server.js';
import { k3s } from '../../../platforms/k3s/k3s.js';
import type { Store } from '../../../store/store.js';
import { aMachine, TestLab, until, USER, USER_KEY, type Login } from '../../lab/guest/lab.js';
import { aReservation, aStore } from '../../store/store-builder.js';
import { installK3s } from '../etcd/etcd-world.js';

const UID = 'uid-1';
const ADDRESS = '10.1.107.101';
const TARGET = { clusterUid: UID, machineUuid: aMachine(1).uuid, address: ADDRESS, user: USER };
const SERVER = { name: 'edge-1', role: 'CONTROL_PLANE', address: ADDRESS, labels: {}, taints: [] } as const;

let lab: TestLab;
let store: Store;
let proxy: SocksServer;
let server: Login;

beforeEach(async () => {
  lab = new TestLab({ kubernetes: createLabKubernetes });
  const { network } = lab;
  proxy = await startSocksServer({ host: '127.0.0.1', port: 0, network, unreachableAfterMs: 1 });
  store = await aStore();
  await store.machines.reserve(aReservation([TARGET.machineUuid]));
  await store.secrets.put(UID, 'ssh-private-key', USER_KEY.private);
  await store.secrets.put(UID, 'ssh-public-key', publicKeyOf(USER_KEY.private));
  await store.secrets.put(UID, 'join-token', 'secret');
  server = await installK3s(lab, 1, 'token: secret\\ncluster-init: true\\n');
});

afterEach(async () => {
  await proxy.close();
  await lab.close();
});

const access = () => ({ store, proxyUrl: proxy.url });
const environment = () => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
const run = <T>(activity: (request: never) => Promise<T>, request: object): Promise<T> =>
  environment().run(activity as (request: object) => Promise<T>, request);
const carryOut = async (steps: readonly GuestStep[]): Promise<void> => {
  for (const step of steps) await run(createSshActivities(access()).runGuestStep, { ...TARGET, step });
};

/** Certificates end at a whole second. */
async function theNextSecond(): Promise<void> {
  const second = (): number => Math.floor(Date.now() / 1000);
  const begun = second();
  await until(() => Promise.resolve(second() > begun));
}

describe('the SSH key of a machine', () => {
  test('is replaced without a moment in which the one that counts does not let in', async () => {
    const rotation = createSecretRotation(access());
    const keys = (): Promise<string> => server.stdout('cat .ssh/authorized_keys');
    await server.run("printf '%s\\n' 'ssh-ed25519 AAAAsomebody else' >> .ssh/authorized_keys");

    expect(await run(rotation.beginKeyRotation, { clusterUid: UID })).toEqual({ stage: 'SPREAD' });
    await run(rotation.authorizeNextKey, TARGET);
    await run(rotation.authorizeNextKey, TARGET);
    const both = await keys();
    await run(rotation.adoptNextKey, { clusterUid: UID });
    await run(rotation.adoptNextKey, { clusterUid: UID });
    expect(await run(rotation.beginKeyRotation, { clusterUid: UID })).toEqual({ stage: 'WITHDRAW' });
    await run(rotation.withdrawReplacedKey, TARGET);
    await run(rotation.withdrawReplacedKey, TARGET);
    await run(rotation.endKeyRotation, { clusterUid: UID });

    const key = (await store.secrets.get(UID, 'ssh-private-key')) ?? '';
    const [before, after] = [USER_KEY.private, key].map((each) => publicKeyOf(each).split(' ')[1] ?? '');
    expect(both).toContain(before);
    expect(both.match(new RegExp(`${after?.replaceAll('+', '\\+')}`, 'g'))).toHaveLength(1);
    expect(await keys()).not.toContain(before);
    expect(await keys()).toContain('AAAAsomebody else');
    expect(await store.secrets.names(UID)).toEqual(['join-token', 'ssh-private-key', 'ssh-public-key']);
    await expect(lab.tryLogin(ADDRESS)).rejects.toThrow();
    await run(createSshActivities(access()).waitForSsh, TARGET);
  });

  test('stays where the new one is not there to stay', async () => {
    const rotation = createSecretRotation(access());
    await store.secrets.put(UID, 'replaced-ssh-key.pub', publicKeyOf(USER_KEY.private));

    // The one that counts is the one that is to go.
    await expect(run(rotation.withdrawReplacedKey, TARGET)).rejects.toMatchObject({ code: 'COMMAND_FAILED' });

    await lab.tryLogin(ADDRESS);
  });
});

describe('a server of K3s', () => {
  beforeEach(async () => {
    await run(createSshActivities(access()).waitForSsh, TARGET);
    const { code } = await server.run('sudo systemctl start k3s');
    if (code !== 0) throw new Error(await server.stdout('sudo journalctl -u k3s'));
  });

  test('has certificates that end later once it was renewed, and authorities that stay', async () => {
    const { readCertificates } = createCertificateActivities(access());
    const machines = [{ name: 'edge-1', address: ADDRESS, isControlPlane: true, guest: TARGET }];
    const request = { clusterUid: UID, type: 'K3S', machines };
    const before = await run(readCertificates, request);
    await theNextSecond();

    await carryOut(k3s.certificateSteps(SERVER));

    const after = await run(readCertificates, request);
    expect(before.unread).toEqual([]);
    const paths = before.certificates.map(({ path }) => path);
    expect(paths).toContain('/var/lib/rancher/k3s/server/tls/client-admin.crt');
    expect(paths).toContain(`https://${ADDRESS}:6443`);
    expect(notRenewed('K3S', before.certificates, before.certificates).length).toBeGreaterThan(7);
    expect(notRenewed('K3S', before.certificates, after.certificates)).toEqual([]);
    const authorities = ({ certificates }: typeof before) =>
      certificates.filter(({ isAuthority }) => isAuthority);
    expect(authorities(after)).toEqual(authorities(before));
    expect(authorities(before).length).toBeGreaterThan(0);
  });

  test('starts with the new token only, and has it in its settings', async () => {
    const rotation = createSecretRotation(access());
    const token = { clusterUid: UID, secret: 'join-token' };
    await run(rotation.beginTokenRotation, { ...token, kind: 'random' });
    const { replace, spread, restart } = k3s.tokenRotation;

    await carryOut(replace(SERVER));
    await carryOut(replace(SERVER));
    await run(rotation.adoptNextToken, token);
    await carryOut(spread(SERVER));
    await carryOut(restart(SERVER));
    await run(rotation.endTokenRotation, token);

    const value = (await store.secrets.get(UID, 'join-token')) ?? '';
    expect(value).toMatch(/^[0-9a-f]{64}$/);
    expect(await server.stdout('sudo cat /etc/rancher/k3s/config.yaml')).toBe(
      `token: ${value}\ncluster-init: true\n`,
    );
    expect((await server.run('sudo test -e /etc/clusterwright/tokens')).code).toBe(1);
    expect(await store.secrets.names(UID)).toEqual(['join-token', 'ssh-private-key', 'ssh-public-key']);
  });
});
