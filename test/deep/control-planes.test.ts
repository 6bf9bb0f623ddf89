/** Control planes of real components behind a real HAProxy: what of them is taken out, and what goes on meanwhile. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AppsV1Api, CoreV1Api, type KubeConfig, Watch } from '@kubernetes/client-node';
import type { Platform, PlatformCluster, PlatformMachine } from '../../platforms/platform.js';
import { k3s } from '../../platforms/k3s/k3s.js';
import { vanilla } from '../../platforms/vanilla/vanilla.js';
import { aCluster, aMachine } from '../platforms/cluster.js';
import { type BalancedLab, startBalancedLab, until, uidOf } from './balanced-lab.js';
import { ControlPlaneMachine } from './control-plane.js';
import { BUILD_TIMEOUT_MS, describeWithGo, goProgram, KUBERNETES, KUBERNETES_VERSION } from './go-program.js';
import type { Host } from './host.js';
import { SERVER } from './pxe-lab.js';
import { describeDeep } from './requirements.js';

const SETUP_TIMEOUT_MS = 600_000;

const IS_SERVING = 'UP L7OK 200';
const M1 = aMachine({ name: 'demo-master-1', address: '10.77.0.11' });
const M2 = aMachine({ name: 'demo-master-2', address: '10.77.0.12' });
const S1 = aMachine({ name: 'edge-server-1', address: '10.77.0.13' });

const clusterOf = (name: string, ...controlPlane: readonly PlatformMachine[]): PlatformCluster => ({
  ...aCluster(controlPlane, {
    ...{ name, type: 'VANILLA', version: KUBERNETES_VERSION },
    platformConfig: { cni: 'CILIUM', imageRepository: 'registry.k8s.io', registries: null },
  }),
  endpoint: { address: SERVER, isBalanced: true, names: [`api.${name}.lab.internal`] },
});

describeDeep('the API of a cluster behind its load balancer', () => {
  describeWithGo([KUBERNETES], 'by real components', () => {
    let lab: BalancedLab;
    beforeAll(async () => {
      await goProgram(KUBERNETES);
      lab = await startBalancedLab();
    }, BUILD_TIMEOUT_MS);
    afterAll(() => lab?.stop());

    /** A machine that forms a cluster, with etcd. */
    const form = async (host: Host, machine: PlatformMachine, cluster: PlatformCluster) => {
      const secrets = await lab.secretsFor(cluster.definition.name);
      const formed = await ControlPlaneMachine.prepare(host, { machine, cluster, secrets });
      for (const phase of ['certs all', 'kubeconfig all', 'etcd local', 'control-plane all']) {
        await formed.kubeadm(`init phase ${phase}`);
      }
      await formed.start('etcd');
      return formed;
    };

    describe('a control plane of kubeadm', () => {
      const CLUSTER = clusterOf('demo', M1, M2);
      const balance = (...machines: readonly PlatformMachine[]) =>
        lab.balance('demo', vanilla.balanced, machines);
      let config: KubeConfig;
      let second: Host;

      beforeAll(async () => {
        await balance(M1);
        const first = await lab.addMachine(M1);
        const one = await form(first, M1, CLUSTER);
        await one.start('kube-apiserver');
        await lab.untilServer(M1.name, IS_SERVING);
        for (const phase of ['upload-config all', 'upload-certs --upload-certs', 'bootstrap-token']) {
          await one.kubeadm(`init phase ${phase}`);
        }
        await one.start('kube-controller-manager');
        await one.start('kube-scheduler');
        const kubeconfig = `--kubeconfig=${vanilla.kubeconfigPath}`;
        one.run('kwok', '--manage-all-nodes=true', kubeconfig);

        // All that it is given is how to find the cluster: it fetches the rest through the balancer.
        second = await lab.addMachine(M2);
        const secrets = await lab.secretsFor('demo');
        const other = await ControlPlaneMachine.prepare(second, { machine: M2, cluster: CLUSTER, secrets });
        for (const part of ['download-certs', 'certs', 'kubeconfig', 'control-plane']) {
          await other.kubeadm(`join phase control-plane-prepare ${part}`);
        }
        await other.start('kube-apiserver', (command) =>
          command.map((word) => word.replace(/^(--etcd-servers)=.*/, `$1=https://${M1.address}:2379`)),
        );
        config = await lab.seal('demo', await other.kubeconfig());
      }, SETUP_TIMEOUT_MS);

      test('takes another machine in while a watch goes on', async () => {
        const seen = new Set<string>();
        const ends: string[] = [];
        const request = await new Watch(config).watch(
          '/api/v1/namespaces/default/configmaps',
          {},
          (_, { metadata }: { metadata: { name: string } }) => seen.add(metadata.name),
          (error) => ends.push(String(error ?? 'it ended')),
        );
        await createConfigMap(config, 'before');
        await until('the watch tells of it', () => (seen.has('before') ? null : `nothing; ${ends.join()}`));

        await balance(M1, M2);
        await lab.untilServer(M2.name, IS_SERVING);
        await createConfigMap(config, 'after');
        await until('the watch tells of that, too', () =>
          seen.has('after') ? null : `nothing; ${ends.join()}`,
        );

        expect(ends).toEqual([]);
        request.abort();
      });

      test('has nodes that are Ready and a pod that runs, and is healthy', async () => {
        const api = config.makeApiClient(CoreV1Api);
        for (const { name } of CLUSTER.nodes) {
          await api.createNode({ body: { metadata: { name, labels: { 'kubernetes.io/hostname': name } } } });
        }
        const { clusterUid, activities } = { clusterUid: uidOf('demo'), activities: lab.activities };
        const nodes = CLUSTER.nodes.map(({ name }) => name);
        for (const node of nodes) {
          await lab.ask(activities.waitForNode, { clusterUid, node, version: null, votes: false });
        }
        const checks = ['api-availability', 'node-readiness'] as const;
        await lab.ask(activities.runHealthChecks, { clusterUid, checks, nodes });

        const labels = { app: 'web' };
        const containers = [{ name: 'web', image: 'web' }];
        await config.makeApiClient(AppsV1Api).createNamespacedDeployment({
          namespace: 'default',
          body: {
            metadata: { name: 'web' },
            spec: {
              selector: { matchLabels: labels },
              template: { metadata: { labels }, spec: { containers } },
            },
          },
        });
        await until('the pod runs', async () => {
          const { items } = await api.listNamespacedPod({ namespace: 'default', labelSelector: 'app=web' });
          const phases = items.map(({ status }) => status?.phase);
          return phases.includes('Running') ? null : `phases: ${phases.join()}`;
        });
      });

      test('goes on without an API server that listens and is not ready, and takes it back', async () => {
        await second.sh(`ip route add blackhole ${M1.address}`);
        await lab.untilServer(M2.name, 'DOWN L7STS 500');

        const api = config.makeApiClient(CoreV1Api);
        for (let n = 0; n < 10; n += 1) await api.listNamespacedConfigMap({ namespace: 'default' });

        await second.sh(`ip route del blackhole ${M1.address}`);
        await lab.untilServer(M2.name, IS_SERVING);
      });
    });

    describe('a control plane in the shape of K3s', () => {
      let host: Host;
      let machine: ControlPlaneMachine;
      const balance = (platform: Platform) => lab.balance('edge', platform.balanced, [S1]);
      const start = () =>
        machine.start('kube-apiserver', ([, ...args]) => ['k3s-server', ...args, '--anonymous-auth=false']);

      beforeAll(async () => {
        host = await lab.addMachine(S1);
        machine = await form(host, S1, clusterOf('edge', S1));
        await start();
        await balance(k3s);
        await lab.untilServer(S1.name, IS_SERVING);
      }, SETUP_TIMEOUT_MS);

      test('is asked what it answers to everybody: it has no other answer without credentials', async () => {
        await balance(vanilla);
        await lab.untilServer(S1.name, 'DOWN L7STS 401');

        await balance(k3s);
        await lab.untilServer(S1.name, IS_SERVING);
      });

      test('is taken out when it stops, and back when it runs, and its kubeconfig leads to it', async () => {
        // As K3s writes it: for somebody on the machine, who may do anything.
        const kubeconfig = (await machine.kubeconfig('super-admin')).replace(SERVER, '127.0.0.1');
        await lab.seal('edge', kubeconfig);
        await host.sh("kill $(pgrep -f '^kubernetes k3s-server ')");
        await lab.untilServer(S1.name, 'DOWN L4CON');

        await start();
        await lab.untilServer(S1.name, IS_SERVING);

        const checks = ['api-availability'] as const;
        await lab.ask(lab.activities.runHealthChecks, { clusterUid: uidOf('edge'), checks, nodes: [] });
      });
    });
  });
});

function createConfigMap(config: KubeConfig, name: string): Promise<unknown> {
  const body = { metadata: { name } };
  return config.makeApiClient(CoreV1Api).createNamespacedConfigMap({ namespace: 'default', body });
}
