import { describe, expect, test } from '@jest/globals';
import type { GuestStep } from '../../../domain/guest-step.js';
import type { PlatformCluster } from '../../../platforms/platform.js';
import { vanilla } from '../../../platforms/vanilla/vanilla.js';
import { aCluster, aMachine, SERVERS } from '../cluster.js';

const WORKER = aMachine({ name: 'edge-worker-1', role: 'WORKER', address: '10.1.107.103' });

function aCompanyCluster(version: string): PlatformCluster {
  const cluster = aCluster(SERVERS, {
    type: 'VANILLA',
    version,
    platformConfig: { cni: 'FLANNEL', imageRepository: 'mirror.lab.internal/k8s', registries: null },
  });
  const settings = { ...cluster.settings, kubernetesPackagesUrl: 'https://mirror.lab.internal/k8s' };
  return { ...cluster, nodes: [...cluster.nodes, WORKER], settings };
}

function stepOf(id: string, machine = aMachine(), version = 'v1.34.1'): GuestStep {
  const step = vanilla.upgradeSteps(machine, aCompanyCluster(version)).find((one) => one.id === id);
  if (step === undefined) throw new Error(`there is no step ${id}`);
  return step;
}

describe('a machine of kubeadm comes to another release', () => {
  test('by kubeadm first and the kubelet last', () => {
    const ids = [aMachine(), WORKER].map((machine) =>
      vanilla.upgradeSteps(machine, aCompanyCluster('v1.34.1')).map(({ id }) => id),
    );

    const around = (middle: string): string[] => [
      ...['upgrade-kubeadm', 'upgrade-containerd', middle],
      ...['upgrade-kubelet', 'upgrade-restart'],
    ];
    expect(ids).toEqual([around('upgrade-control-plane'), around('upgrade-node')]);
  });

  test("with packages from its own minor release's repository, wherever the installation has it", () => {
    const { act, files } = stepOf('upgrade-kubeadm');

    expect(files[0]?.content).toContain('https://mirror.lab.internal/k8s/core:/stable:/v1.34/deb/ /');
    expect(act).toContain("install --allow-change-held-packages --allow-downgrades 'kubeadm=1.34.1-*'");
    expect(act).not.toContain('kubelet');
    expect(stepOf('upgrade-kubelet').act).toContain("'kubelet=1.34.1-*' 'kubectl=1.34.1-*'");
  });

  test("with the image that holds its pods' namespaces from the mirror that the definition names", () => {
    const [file] = stepOf('upgrade-containerd').files;

    expect(file?.content).toContain('sandbox_image = "mirror.lab.internal/k8s/pause:3.10.1"');
  });

  test('and lets later machines in with the configuration of that release', () => {
    const [file] = stepOf('upgrade-control-plane').files;

    expect(file?.path).toBe('/etc/clusterwright/kubeadm.yaml');
    expect(file?.content).toContain('"kubernetesVersion": "v1.34.1"');
    expect(stepOf('upgrade-node', WORKER).files).toEqual([]);
  });

  test('and a server is done when its own API answers', () => {
    for (const id of ['upgrade-control-plane', 'upgrade-restart'])
      expect(stepOf(id).verify).toContain("'https://10.1.107.100:6443/livez'");
    expect(stepOf('upgrade-restart', WORKER).verify).toBe('systemctl is-active --quiet kubelet');
  });
});
