import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { installHostSteps } from '../../../../platforms/okd/install-steps.js';
import { BOOTSTRAP_STEP, FIRST_BOOT_STEP } from '../../../../platforms/okd/steps.js';
import { until } from '../lab.js';
import { BOOTSTRAP, MASTERS, MEMBERS, OkdLab, UID, WORKER } from './okd-lab.js';

// Six machines, each of them with shells of its own.

let world: OkdLab;

beforeEach(async () => {
  world = await OkdLab.start();
});

afterEach(() => world.close());

test('machines become a cluster: installed over the network, bootstrapped, admitted, and healthy', async () => {
  await world.prepare();
  const budget = await world.fetchIgnition();
  expect(Date.parse(budget.endsAt) - Date.parse(budget.madeAt)).toBe(24 * 3_600_000);
  expect(await world.fetchIgnition()).toEqual(budget);

  for (const one of MEMBERS) await world.boot(one);
  await world.run(world.ssh.waitForSsh, world.target(BOOTSTRAP));
  await world.run(world.ssh.runGuestStep, { ...world.target(BOOTSTRAP), step: FIRST_BOOT_STEP });
  const admitted = Promise.all([...MASTERS, WORKER].map((one) => world.admit(one)));
  await world.run(world.okd.waitForBootstrap, { ...world.target(BOOTSTRAP), step: BOOTSTRAP_STEP });
  // It goes, and nobody misses it.
  world.backends = [...MASTERS];
  world.lab.guests.powerOff(100 + BOOTSTRAP.number);
  await admitted;
  await world.run(world.kubernetes.runHealthChecks, {
    clusterUid: UID,
    checks: ['cluster-operators', 'node-readiness', 'api-availability'],
    nodes: [...MASTERS, WORKER].map(({ name }) => name),
  });

  await world.run(world.kubernetes.markNode, {
    clusterUid: UID,
    node: WORKER.name,
    labels: { 'node-role.kubernetes.io/infra': '' },
    taints: [{ key: 'infra', value: 'reserved', effect: 'NoSchedule' }],
  });

  // All at once, as after a power failure: the masters find each other again, with nobody's help.
  const nodes = [...MASTERS, WORKER];
  for (const { number } of nodes) world.lab.guests.powerOff(100 + number);
  for (const one of nodes) world.powerOn(one);
  await world.run(world.kubernetes.runHealthChecks, {
    clusterUid: UID,
    checks: ['api-availability', 'node-readiness'],
    nodes: nodes.map(({ name }) => name),
  });
  for (const one of nodes) await world.run(world.ssh.waitForSsh, world.target(one));
});

/** Makes what the install programme made look as if it were so many hours old. */
async function olderBy(hours: number): Promise<void> {
  const sealed = await world.store.secrets.get(UID, 'okd-install-files');
  const older = (_: string, madeAt: string) => `%22madeAt%22%3A${Number(madeAt) - hours * 3_600_000}`;
  const files = JSON.parse(sealed ?? '') as { documents: Record<string, string> };
  const before = files.documents['bootstrap.ign'] ?? '';
  const documents = { ...files.documents, 'bootstrap.ign': before.replace(/%22madeAt%22%3A(\d+)/, older) };
  expect(documents['bootstrap.ign']).not.toBe(before);
  await world.store.secrets.put(UID, 'okd-install-files', JSON.stringify({ ...files, documents }));
}

describe('the lab does not let pass', () => {
  beforeEach(async () => {
    await world.prepare();
    await world.fetchIgnition();
  });

  test('certificates that have ended', async () => {
    await olderBy(25);
    await world.boot(BOOTSTRAP);
    await world.run(world.ssh.waitForSsh, world.target(BOOTSTRAP));

    const step = { ...BOOTSTRAP_STEP, timeoutSeconds: 5 };
    await expect(
      world.run(world.okd.waitForBootstrap, { ...world.target(BOOTSTRAP), step }),
    ).rejects.toMatchObject({ message: expect.stringMatching(/x509: certificate has expired/) as unknown });
  });

  test('a node whose requests nobody has approved', async () => {
    for (const one of [BOOTSTRAP, ...MASTERS]) await world.boot(one);
    const login = await until(() =>
      world.lab.tryLogin(MASTERS[0]?.address ?? '', { username: 'core' }).catch(() => undefined),
    );
    await until(async () =>
      /csr-\w+ to be approved/.test(await login.stdout('sudo journalctl -u kubelet.service --no-pager')),
    );

    const step = { ...BOOTSTRAP_STEP, timeoutSeconds: 1 };
    await expect(
      world.run(world.okd.waitForBootstrap, { ...world.target(BOOTSTRAP), step }),
    ).rejects.toMatchObject({ message: expect.stringMatching(/0 of 3 run etcd/) as unknown });
  });

  test('a master before there is a machine-config server', async () => {
    const [master] = MASTERS;
    if (master === undefined) throw new Error('there are no masters');
    await world.boot(master);

    await until(async () => world.console(master).some((line) => /config\/master: attempt #2/.test(line)));
    await expect(world.lab.tryLogin(master.address, { username: 'core' })).rejects.toThrow();
  });

  test('a second installation over the first', async () => {
    const { definition } = world;
    const [, ignition] = installHostSteps({ definition: { ...definition, name: 'okd' } });
    if (ignition === undefined) throw new Error('there is no such step');
    const [config] = ignition.files;
    const changed = { ...config, content: `${config?.content}# other\n` } as (typeof ignition.files)[number];

    expect(await world.step(ignition)).toEqual({ changed: false });
    await expect(world.step({ ...ignition, files: [changed] })).rejects.toMatchObject({
      message: expect.stringMatching(/made from another install-config.yaml/) as unknown,
    });
  });
});
