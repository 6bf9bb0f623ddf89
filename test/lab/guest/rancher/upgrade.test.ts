import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { GuestStep } from '../../../../domain/guest-step.js';
import { isTalosStep } from '../../../../domain/machine-step.js';
import { k3s } from '../../../../platforms/k3s/k3s.js';
import type { Platform, PlatformCluster } from '../../../../platforms/platform.js';
import { rke2 } from '../../../../platforms/rke2/rke2.js';
import { aCluster, aMachine as aNode } from '../../../platforms/cluster.js';
import { aMachine, TestLab, until, type Login } from '../lab.js';
import { carryOut, isTrue } from './carry-out.js';

let lab: TestLab;

beforeEach(() => {
  lab = new TestLab();
});

afterEach(async () => {
  await lab.close();
});

const SERVER = aNode({ name: 'edge-1', address: '10.1.107.101' });
const RKE2_CONFIG = { cni: 'canal', disable: [], registries: null, airGapUrl: null };

const K3S = aCluster([SERVER]);
const RKE2 = aCluster([SERVER], { type: 'RKE2', version: 'v1.32.0+rke2r1', platformConfig: RKE2_CONFIG });

function at(cluster: PlatformCluster, version: string): PlatformCluster {
  return { ...cluster, definition: { ...cluster.definition, version } };
}

async function started(platform: Platform, cluster: PlatformCluster): Promise<Login> {
  lab.guests.powerOn(aMachine(1));
  const login = await lab.login('10.1.107.101');
  await login.run('cloud-init status --wait');
  await carryOut(login, [...platform.prepare(SERVER, cluster), ...platform.join(SERVER, cluster)]);
  return login;
}

test.each([
  ['K3S', k3s as Platform, K3S, 'k3s', 'v1.33.1+k3s1'],
  ['RKE2', rke2 as Platform, RKE2, 'rke2-server', 'v1.33.1+rke2r1'],
])(
  '%s runs the new version after its steps, and the old one until then',
  async (_type, platform, cluster, unit, version) => {
    const login = await started(platform, cluster);
    const steps = (platform.upgradeSteps?.(SERVER, at(cluster, version)) ?? []).filter(
      (step): step is GuestStep => !isTalosStep(step),
    );
    const [install, restart] = steps;
    if (install === undefined || restart === undefined) throw new Error('there are no steps');
    const starts = async (): Promise<string[]> =>
      (await login.stdout(`sudo journalctl -u ${unit}`)).match(/Starting (?:k3s|rke2) v\S+?(?=")/g) ?? [];

    expect(steps.map(({ id }) => id)).toEqual(['upgrade-install', 'upgrade-restart']);
    expect(await isTrue(login, install.observe)).toBe(false);
    await carryOut(login, [install]);
    expect(await isTrue(login, install.observe)).toBe(true);
    expect((await starts()).at(-1)).toContain(cluster.definition.version);

    await carryOut(login, [restart]);

    await until(async () => (await starts()).at(-1)?.endsWith(version) === true);
    await until(async () => isTrue(login, restart.verify));
  },
);
