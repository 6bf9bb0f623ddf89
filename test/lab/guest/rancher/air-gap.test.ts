import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { k3s } from '../../../../platforms/k3s/k3s.js';
import { rke2 } from '../../../../platforms/rke2/rke2.js';
import { aDefinition } from '../../../builders/definition.js';
import { aCluster, aMachine as aNode } from '../../../platforms/cluster.js';
import { aMachine, aSeed, TestLab, until, type Login } from '../lab.js';
import { carryOut, isTrue, stepAt, writeFiles } from './carry-out.js';

let lab: TestLab;

beforeEach(() => {
  lab = new TestLab();
});

afterEach(async () => {
  await lab.close();
});

const MIRROR = 'https://mirror.lab.internal';
const SERVER = aNode({ name: 'edge-1', address: '10.1.107.101' });
const K3S = aCluster([SERVER], {
  version: 'v1.32.0+k3s1',
  platformConfig: { ...aDefinition().platformConfig, airGapUrl: `${MIRROR}/k3s/v1.32.0+k3s1` },
});
const RKE2 = aCluster([SERVER], {
  type: 'RKE2',
  version: 'v1.32.0+rke2r1',
  platformConfig: {
    cni: 'cilium',
    disable: [],
    registries: null,
    airGapUrl: `${MIRROR}/rke2/v1.32.0+rke2r1/`,
  },
});

/** Logs in to a machine without a gateway. */
async function cutOff(): Promise<Login> {
  const networkConfig =
    "version: 2\nethernets:\n  primary:\n    match: {macaddress: 'bc:24:11:00:00:01'}\n    addresses: [10.1.107.101/24]\n";
  lab.guests.powerOn(aMachine(1, { media: [aSeed(1, { networkConfig })] }));
  const login = await lab.login('10.1.107.101');
  await login.run('cloud-init status --wait');
  return login;
}

const IMAGES = '/var/lib/rancher/rke2/agent/images';

describe('machines that reach nothing but a mirror', () => {
  test('get K3s from there, and form a cluster', async () => {
    const login = await cutOff();

    await carryOut(login, k3s.prepare(SERVER, K3S));
    await carryOut(login, k3s.join(SERVER, K3S));

    expect(await login.stdout('ls /var/lib/rancher/k3s/agent/images')).toBe(
      'k3s-airgap-images-amd64.tar.zst\n',
    );
    expect((await login.run('test -e /var/tmp/k3s-artifacts')).code).toBe(1);
    expect(lab.fakeKubernetes.plane.nodeNames()).toEqual(['edge-1']);
  });

  test('get RKE2 from there, with the images of its network, and form a cluster', async () => {
    const login = await cutOff();
    const prepare = rke2.prepare(SERVER, RKE2);

    await carryOut(login, prepare);
    await carryOut(login, rke2.join(SERVER, RKE2));

    expect(await login.stdout(`ls ${IMAGES}`)).toBe(
      'rke2-images-cilium.linux-amd64.tar.zst\nrke2-images.linux-amd64.tar.zst\n',
    );
    expect(lab.fakeKubernetes.plane.options.distribution).toBe('rke2');
    expect(await isTrue(login, stepAt(prepare, 1).observe)).toBe(true);
  });

  test('refuse what is not in the list of checksums, or is not what the list says', async () => {
    const login = await cutOff();
    const install = stepAt(rke2.prepare(SERVER, RKE2), 1);
    const act = `set -eu\n${install.act ?? ''}\n`;

    const unlisted = await login.run(
      'sudo -n sh -s',
      act.replace('awk ', "sed -i '/cilium/d' sha256sum-amd64.txt\nawk "),
    );
    const changed = await login.run(
      'sudo -n sh -s',
      act.replace('awk ', 'echo x >> rke2.linux-amd64.tar.gz\nawk '),
    );

    expect(unlisted).toMatchObject({ code: 1, stderr: 'not all files are in sha256sum-amd64.txt\n' });
    expect(changed.code).toBe(1);
    expect(changed.stdout).toContain('rke2.linux-amd64.tar.gz: FAILED');
    expect((await login.run('test -e /usr/local/bin/rke2')).code).toBe(1);
  });

  test('do not bring a server of RKE2 up before its images are there', async () => {
    const login = await cutOff();
    await carryOut(login, rke2.prepare(SERVER, RKE2));
    await login.run(`sudo mv ${IMAGES} /root/images`);
    await writeFiles(login, stepAt(rke2.join(SERVER, RKE2), 0));

    await login.run('sudo systemctl start --no-block rke2-server');
    await until(async () =>
      (await login.stdout('sudo journalctl -u rke2-server')).includes('Failed to pull images'),
    );
    const before = await login.stdout('systemctl is-active rke2-server');
    await login.run(`sudo mv /root/images ${IMAGES}`);
    await until(async () => (await login.stdout('systemctl is-active rke2-server')) === 'active\n');

    expect(before).toBe('activating\n');
  });
});
