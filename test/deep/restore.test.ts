/**
 * A control plane of real components that comes back from nothing but its backup: what the product's activities and steps
 * do, with a real etcd, a real kube-apiserver and the real kubeadm. Only containerd and the kubelet are not there.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { secretsOf } from '../../activities/ssh/guest-secrets.js';
import type { BackupManifest } from '../../domain/backup/manifest.js';
import { restorePaths } from '../../domain/restore/restore-paths.js';
import type { PlatformMachine } from '../../platforms/platform.js';
import { vanilla } from '../../platforms/vanilla/vanilla.js';
import { aNodeGroup } from '../builders/definition.js';
import { aCluster, aMachine } from '../platforms/cluster.js';
import { type BalancedLab, startBalancedLab, until } from './balanced-lab.js';
import { BACKED_UP, CLUSTER_UID, BackedUpService } from './backed-up-service.js';
import { USER } from './bastion.js';
import { ControlPlaneMachine } from './control-plane.js';
import { BUILD_TIMEOUT_MS, describeWithGo, goProgram, KUBERNETES, KUBERNETES_VERSION } from './go-program.js';
import { GuestMachines } from './guest-machines.js';
import type { Host } from './host.js';
import { SERVER } from './pxe-lab.js';
import { describeDeep } from './requirements.js';

const PATHS = restorePaths('restore-7');
const SETUP_TIMEOUT_MS = 900_000;
const OBJECTS = 40;
const CONFLICT = 409;
const IS_SERVING = 'UP L7OK 200';

const MACHINES = [1, 2, 3].map((number) =>
  aMachine({ name: `demo-server-${number}`, address: `10.77.0.1${number}` }),
);
const [FIRST = aMachine(), ...OTHERS] = MACHINES;
const CLUSTER = {
  ...aCluster(MACHINES, {
    ...{ name: 'demo', type: 'VANILLA', version: KUBERNETES_VERSION, nodeGroups: [servers()] },
    platformConfig: { cni: 'CILIUM', imageRepository: 'registry.k8s.io', registries: null },
  }),
  endpoint: { address: SERVER, isBalanced: true, names: ['api.demo.lab.internal'] },
};

function servers() {
  const group = aNodeGroup({ name: 'server', role: 'CONTROL_PLANE', count: MACHINES.length });
  const cloudInit = { ...group.template.cloudInit, user: USER };
  return { ...group, template: { ...group.template, cloudInit } };
}

describeDeep('a control plane of kubeadm with three members', () => {
  describeWithGo([KUBERNETES], 'by real components', () => {
    let lab: BalancedLab;
    let guests: GuestMachines;
    let world: BackedUpService;
    let config: KubeConfig;
    let manifest: BackupManifest;
    let restored: Set<string>;
    let held: Map<string, string>;
    const hosts = new Map<string, Host>();

    beforeAll(async () => {
      await goProgram(KUBERNETES);
      lab = await startBalancedLab();
      guests = await GuestMachines.open(lab);
      world = await BackedUpService.open(guests.proxyUrl, CLUSTER);
    }, BUILD_TIMEOUT_MS);
    afterAll(async () => {
      await guests?.close();
      await lab?.stop();
      await world?.close();
    });

    const add = async (machine: PlatformMachine): Promise<Host> => {
      const host = await guests.add(machine, world.publicKey);
      hosts.set(machine.name, host);
      return host;
    };
    const prepared = async (machine: PlatformMachine): Promise<ControlPlaneMachine> => {
      const secrets = await secretsOf(world.store.secrets, CLUSTER_UID);
      const host = hosts.get(machine.name) ?? (await add(machine));
      return ControlPlaneMachine.prepare(host, { machine, cluster: CLUSTER, secrets });
    };
    /** As the kubelet tells of its node, and of a pod that no API has made: kubeadm finds the members by it. */
    const tellOfEtcd = async ({ name, address }: PlatformMachine): Promise<void> => {
      const annotations = {
        'kubernetes.io/config.mirror': 'etcd',
        'kubeadm.kubernetes.io/etcd.advertise-client-urls': `https://${address}:2379`,
      };
      const labels = { component: 'etcd', tier: 'control-plane' };
      const metadata = { name: `etcd-${name}`, namespace: 'kube-system', labels, annotations };
      const spec = { nodeName: name, containers: [{ name: 'etcd', image: 'etcd' }] };
      const api = config.makeApiClient(CoreV1Api);
      await orIsThere(api.createNode({ body: { metadata: { name } } }));
      await orIsThere(api.createNamespacedPod({ namespace: 'kube-system', body: { metadata, spec } }));
    };
    /** What `kubeadm init` does on the first machine, but for what a kubelet is needed for. */
    const form = async (whenEtcdRuns = () => Promise.resolve()): Promise<void> => {
      const one = await prepared(FIRST);
      for (const phase of ['certs all', 'kubeconfig all', 'etcd local', 'control-plane all']) {
        await one.kubeadm(`init phase ${phase}`);
      }
      await one.start('etcd');
      await until('etcd answers', async () =>
        (await entriesOn(FIRST).catch(String)) instanceof Map ? null : 'no',
      );
      await whenEtcdRuns();
      await one.start('kube-apiserver');
      await lab.balance('demo', vanilla.balanced, [FIRST]);
      await lab.untilServer(FIRST.name, IS_SERVING);
      const kubeconfig = await one.kubeconfig('super-admin');
      config = await lab.seal('demo', kubeconfig);
      await world.keepKubeconfig(kubeconfig);
      for (const phase of ['upload-config all', 'upload-certs --upload-certs', 'bootstrap-token']) {
        await one.kubeadm(`init phase ${phase}`);
      }
      // Signs what those that join find the cluster by.
      await one.start('kube-controller-manager');
      await tellOfEtcd(FIRST);
    };
    /** What `kubeadm join` does of it: a member that learns, and votes once it has caught up. */
    const joinEtcd = async (machine: PlatformMachine): Promise<void> => {
      const other = await prepared(machine);
      for (const part of ['download-certs', 'certs', 'kubeconfig', 'control-plane']) {
        await other.kubeadm(`join phase control-plane-prepare ${part}`);
      }
      const joining = other.kubeadm('join phase etcd-join');
      const manifestIsThere = 'test -s /etc/kubernetes/manifests/etcd.yaml && echo yes || echo no';
      const began = until('it has a manifest', async () =>
        (await hosts.get(machine.name)?.sh(manifestIsThere))?.trim() === 'yes' ? null : 'it has none',
      ).then(() => other.start('etcd'));
      await Promise.all([began, joining]);
      await tellOfEtcd(machine);
    };
    /** Keys with their values in base64, of the member of this machine itself, whatever the others know. */
    const entriesOn = async ({ name }: PlatformMachine): Promise<Map<string, string>> => {
      const pki = '/etc/kubernetes/pki/etcd';
      const credentials = `--cacert ${pki}/ca.crt --cert ${pki}/healthcheck-client.crt --key ${pki}/healthcheck-client.key`;
      const body = JSON.stringify({ key: 'AA==', range_end: 'AA==', serializable: true });
      const answer = await hosts
        .get(name)
        ?.sh(`curl -sS --fail ${credentials} -d '${body}' https://127.0.0.1:2379/v3/kv/range`);
      const { kvs = [] } = JSON.parse(answer ?? '') as { kvs?: { key: string; value?: string }[] };
      return new Map(kvs.map(({ key, value = '' }) => [Buffer.from(key, 'base64').toString(), value]));
    };
    /** Of what nobody but this test changes. */
    const ownEntriesOn = async (machine: PlatformMachine): Promise<Map<string, string>> => {
      const entries = [...(await entriesOn(machine))];
      return new Map(entries.filter(([key]) => /\/shop\/(article-|till$)/.test(key)));
    };

    /** What is there when it is backed up, and something that comes later. */
    const fill = async (): Promise<void> => {
      const api = config.makeApiClient(CoreV1Api);
      await api.createNamespace({ body: { metadata: { name: 'shop' } } });
      for (let number = 1; number <= OBJECTS; number += 1) {
        const metadata = { name: `article-${number}` };
        const data = { price: String(number * 10) };
        await api.createNamespacedConfigMap({ namespace: 'shop', body: { metadata, data } });
      }
      const till = { metadata: { name: 'till' }, stringData: { pin: '1234' } };
      await api.createNamespacedSecret({ namespace: 'shop', body: till });
      await api.deleteNamespacedConfigMap({ namespace: 'shop', name: 'article-1' });
      held = await ownEntriesOn(FIRST);
      const request = { ...BACKED_UP, definition: CLUSTER.definition };
      manifest = await world.run(world.backups.takeBackup, request);
      await api.createNamespace({ body: { metadata: { name: 'later' } } });
    };

    // Whatever goes wrong here fails all tests at once: none waits for an API that will never answer.
    beforeAll(async () => {
      await form();
      for (const machine of OTHERS) await joinEtcd(machine);
      await fill();
      for (const machine of MACHINES) await guests.lose(machine);
      hosts.clear();
      await world.forgetHostKeys();
      await add(FIRST);
      const guest = world.guestOf(FIRST);
      const delivery = { place: BACKED_UP, guest, path: PATHS.snapshot, unless: `${PATHS.folder}/restored` };
      await world.run(world.backups.deliverSnapshot, delivery);
      const step = vanilla.restore.fromSnapshot(FIRST, CLUSTER, PATHS);
      await world.run(world.ssh.runGuestStep, { ...guest, step });
      await form(async () => {
        restored = new Set((await entriesOn(FIRST)).keys());
      });
      await lab.untilServer(FIRST.name, IS_SERVING);
    }, SETUP_TIMEOUT_MS);

    test('was backed up by way of its own gateway', () => {
      expect(manifest.parts.map(({ name }) => name)).toEqual(['etcd-snapshot', 'machine-files', 'records']);
    });

    test('comes back on a new machine with every key that the snapshot held, and no other', async () => {
      expect([...restored].toSorted()).toEqual([...(await world.keysOf(manifest))].toSorted());
      expect(await world.compared(FIRST)).toBeGreaterThan(OBJECTS);
    });

    test(
      'has three members again, each with all objects and their values',
      async () => {
        for (const machine of OTHERS) {
          await add(machine);
          await joinEtcd(machine);
        }

        for (const machine of MACHINES) expect(await world.compared(machine)).toBeGreaterThan(OBJECTS);
        expect(held.size).toBe(OBJECTS);
        for (const machine of MACHINES) expect(await ownEntriesOn(machine)).toEqual(held);
      },
      SETUP_TIMEOUT_MS,
    );

    test('serves what was there when it was backed up, and nothing of later', async () => {
      const api = config.makeApiClient(CoreV1Api);

      const { items } = await api.listNamespacedConfigMap({ namespace: 'shop' });
      const prices = new Map(items.map(({ metadata, data }) => [metadata?.name, data?.['price']]));
      expect(prices.get('article-7')).toBe('70');
      expect(prices.has('article-1')).toBe(false);
      const { data } = await api.readNamespacedSecret({ namespace: 'shop', name: 'till' });
      expect(Buffer.from(data?.['pin'] ?? '', 'base64').toString()).toBe('1234');
      const namespaces = (await api.listNamespace()).items.map(({ metadata }) => metadata?.name);
      expect(namespaces).toContain('shop');
      expect(namespaces).not.toContain('later');
    });
  });
});

async function orIsThere(request: Promise<unknown>): Promise<void> {
  await request.catch((error: { readonly code?: number }) => {
    if (error.code !== CONFLICT) throw error;
  });
}
