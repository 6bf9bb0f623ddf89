/** kube-vip where K3s or RKE2 run it as a DaemonSet: on each server that a pod of it runs on. */
import { KubeVipFailure, kubeVipSettings } from '../kube-vip/settings.js';
import type { CommandCall } from '../shell/guest-command.js';
import type { RancherCluster } from './cluster.js';

const DAEMON_SET = 'kube-system/kube-vip';
const LOOK_EVERY_MS = 1_000;
const AT_LEAST_MS = 200;

interface DaemonSet {
  readonly spec: {
    readonly template: {
      readonly spec: Parameters<typeof kubeVipSettings>[0];
    };
  };
}

/** Runs until the server is stopped, and rejects with the signal's reason then. */
export async function runKubeVip(call: CommandCall, cluster: RancherCluster, node: string): Promise<void> {
  const { system, signal, service } = call;
  const log = (line: string): void => service?.log(`kube-vip: ${line}`);
  const { plane } = cluster;
  for (;;) {
    const found = plane.objects.get('daemonsets.apps', DAEMON_SET) as DaemonSet | undefined;
    const image = found?.spec.template.spec.containers?.[0]?.image ?? '';
    const isRunning = (): boolean => plane.runningImages(node).includes(image);
    if (found !== undefined && isRunning()) {
      try {
        const { interface: device, address } = kubeVipSettings(
          found.spec.template.spec,
          system.interfaces.list().map(({ name }) => name),
        );
        await cluster.election.run({
          ...{ network: system.network, interface: device, address, log, signal },
          mayRenew: () => cluster.hasQuorum() && isRunning(),
          pause: (ms, until, atLeastMs) => system.pause(ms, until, atLeastMs),
        });
      } catch (error) {
        if (!(error instanceof KubeVipFailure)) throw error;
        return log(error.message);
      }
    }
    await system.pause(LOOK_EVERY_MS, signal, AT_LEAST_MS);
  }
}
