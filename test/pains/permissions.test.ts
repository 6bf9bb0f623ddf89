/** What a token may do: asked before the first change, and no more than is needed. */
import { afterEach, expect, test } from '@jest/globals';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { requiredPrivileges, type RequiredPrivilege } from '../../domain/preflight/privileges.js';
import { CLOUD_IMAGE } from '../../lab/images/lab-images.js';
import type { LabToken } from '../../lab/proxmox/tokens.js';
import { aDefinition, aNodeGroup } from '../builders/definition.js';
import { aPlan } from '../builders/plan.js';
import { simulatorTarget, type SimulatorTarget } from '../contract/proxmox/simulator-target.js';
import { attempt, aWorkshop, perform, type Workshop } from '../contract/proxmox/workshop.js';
import { bootable, bootedOnce } from './first-boot.js';

const STORAGES = { isoStorage: 'local', importStorage: 'local' };
const CLONED = aDefinition({ network: { ...aDefinition().network, privateVLAN: 107 } });
const DOWNLOADED: ClusterDefinition = {
  ...CLONED,
  nodeGroups: [
    aNodeGroup({
      template: {
        ...aNodeGroup().template,
        imageSource: CLOUD_IMAGE.url,
        imageChecksum: CLOUD_IMAGE.checksum,
        storage: 'local-zfs',
      },
    }),
  ],
};

const required = (definition: ClusterDefinition): RequiredPrivilege[] =>
  requiredPrivileges({ definition, plan: aPlan(definition), ...STORAGES });

let target: SimulatorTarget;
let shop: Workshop;
afterEach(async () => {
  await shop.client.close();
  await target.close();
});

async function withToken(access: LabToken['access']): Promise<void> {
  target = await simulatorTarget({ tokens: [{ id: 'ci@pve!privsep', access }] });
  shop = await aWorkshop({ ...target, token: target.simulator.tokens['ci@pve!privsep'] ?? '' });
}

/** Each privilege that is required, by path. */
function everythingFor(definition: ClusterDefinition): Record<string, readonly string[]> {
  const access: Record<string, readonly string[]> = {};
  for (const { path, privilege } of required(definition)) access[path] = [...(access[path] ?? []), privilege];
  return access;
}

const preflight = (definition = CLONED) =>
  attempt(() => shop.activities.preflight({ definition, plan: aPlan(definition) }));

test('a token that was made with privilege separation and given nothing is found out before anything is changed', async () => {
  await withToken({});

  const { ready, findings, commands } = await preflight();

  expect(ready).toBe(false);
  expect(findings[0]).toMatchObject({ check: 'privileges', severity: 'blocker' });
  expect(commands.filter((line) => line.includes("--tokens 'ci@pve!privsep'"))).not.toEqual([]);
  expect(commands.join('\n')).not.toContain('VM.Monitor');
});

test.each(['VM.Config.HWType', 'VM.PowerMgmt', 'Datastore.AllocateTemplate', 'SDN.Use', 'VM.Clone'])(
  'a token that lacks %s is told where, and what for',
  async (privilege) => {
    const access = Object.entries(everythingFor(CLONED)).map(([path, privileges]) => [
      path,
      privileges.filter((one) => one !== privilege),
    ]);
    await withToken(Object.fromEntries(access) as LabToken['access']);

    const { ready, findings } = await preflight();

    const blockers = findings.filter(({ severity }) => severity === 'blocker');
    const { path, feature } = required(CLONED).find((one) => one.privilege === privilege) ?? {
      path: '',
      feature: '',
    };
    expect(ready).toBe(false);
    expect(blockers).toContainEqual(
      expect.objectContaining({
        subject: path,
        detail: expect.stringMatching(`lacks ${privilege}.*${feature}`),
      }),
    );
  },
);

test.each([
  ['cloned', CLONED],
  ['made from a downloaded image', DOWNLOADED],
])(
  'a token with exactly the privileges that are asked for leads a machine that is %s through its whole life',
  async (_how, definition) => {
    await withToken(everythingFor(definition));
    const { activities } = shop;
    const machine = bootable(await shop.machine(aPlan(definition).machines[0]));
    const { source, host } = machine.machine;

    const { ready } = await preflight(definition);
    await bootedOnce(activities, machine);
    await perform(() => activities.removeVm(machine));
    await perform(() => activities.verifyNothingLeft(shop));
    if (source.kind === 'import') {
      const image = { volume: source.image.volume, host, unusedSince: '2100-01-01T00:00:00.000Z' };
      await perform(() => activities.removeImage(image));
    }

    expect(ready).toBe(true);
    expect(target.simulator.inspect()).toMatchObject({ vms: [], volumes: [], isos: [] });
  },
);
