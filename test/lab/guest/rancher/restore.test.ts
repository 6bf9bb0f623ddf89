/** What the steps of a restore make of a server of each of the two distributions. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { restorePaths } from '../../../../domain/restore/restore-paths.js';
import { createLabKubernetes } from '../../../../lab/kubernetes/lab-kubernetes.js';
import { k3s } from '../../../../platforms/k3s/k3s.js';
import type { Platform, PlatformRestore } from '../../../../platforms/platform.js';
import { rke2 } from '../../../../platforms/rke2/rke2.js';
import { aCluster, aMachine as aNode } from '../../../platforms/cluster.js';
import { aMachine, TestLab } from '../lab.js';
import { carryOut, isTrue } from './carry-out.js';

let lab: TestLab;
beforeEach(() => {
  lab = new TestLab({ kubernetes: createLabKubernetes });
});
afterEach(() => lab.close());

const SERVER = aNode({ name: 'edge-1', address: '10.1.107.101' });
const OTHERS = [2, 3].map((n) => aNode({ name: `edge-${n}`, address: `10.1.107.10${n}` }));
const PATHS = restorePaths('restore-7');
const RKE2_CONFIG = { cni: 'canal', disable: [], registries: null, airGapUrl: null };
const K3S = aCluster([SERVER, ...OTHERS]);
const RKE2 = aCluster([SERVER, ...OTHERS], {
  ...{ type: 'RKE2', version: 'v1.32.0+rke2r1', platformConfig: RKE2_CONFIG },
});

test.each([
  ['K3S', k3s as Platform, k3s.restore, K3S, 'k3s'],
  ['RKE2', rke2 as Platform, rke2.restore as PlatformRestore, RKE2, 'rke2'],
] as const)(
  '%s has the state of the snapshot after its steps',
  async (_type, platform, how, cluster, program) => {
    lab.guests.powerOn(aMachine(1));
    const login = await lab.login(SERVER.address);
    await login.run('cloud-init status --wait');
    await carryOut(login, [...platform.prepare(SERVER, cluster), ...platform.join(SERVER, cluster)]);
    const root = async (script: string): Promise<string> => {
      const { code, stdout, stderr } = await login.run(
        'sudo -n sh -s',
        `set -eu\n{\n${script}\n} </dev/null\n`,
      );
      if (code !== 0) throw new Error(`${script}: ${stdout}${stderr}`);
      return stdout;
    };
    const tls = `/var/lib/rancher/${program}/server/tls`;
    const admin = `--cacert ${tls}/server-ca.crt --cert ${tls}/client-admin.crt --key ${tls}/client-admin.key`;
    const api = `${admin} https://127.0.0.1:6443/api/v1/namespaces`;
    const namespace = async (name: string): Promise<void> => {
      const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      await root(`curl -sS -f -X POST -H 'Content-Type: application/json' -d '${body}' ${api}`);
    };
    await namespace('shop');
    const saved = `/var/lib/rancher/${program}/server/db/snapshots/drill-*`;
    await root(`/usr/local/bin/${program} etcd-snapshot save --name drill`);
    await root(`mkdir -p ${PATHS.folder}\ncp ${saved} ${PATHS.snapshot}`);
    await namespace('later');

    await carryOut(login, [how.stop(), how.fromSnapshot(SERVER, cluster, PATHS)]);

    expect(await isTrue(login, `test -s ${how.database}`)).toBe(true);
    await carryOut(login, platform.join(SERVER, cluster));
    const { items } = JSON.parse(await root(`curl -sS -f ${api}`)) as {
      items: { metadata: { name: string } }[];
    };
    const names = items.map(({ metadata }) => metadata.name);
    expect(names).toContain('shop');
    expect(names).not.toContain('later');
  },
);
