/** `k3s agent` and `rke2 agent`: joins a cluster and runs a node, and goes on trying until it can. */
import { once } from 'node:events';
import type { CommandCall } from '../shell/guest-command.js';
import { ensureCertificates } from './certificates.js';
import type { RancherCluster } from './cluster.js';
import type { RancherProgram } from './distribution.js';
import { RancherFatal, logLine } from './fatal.js';
import { whenImagesAreThere } from './images.js';
import { configuredToken, findCluster, JoinRefused } from './join.js';
import { nodeIdentity, presentNodePassword, runKubelet } from './node.js';
import { minorOf } from './version.js';

const RETRY_MS = 5_000;
/** How much older than the control plane a kubelet may be (https://kubernetes.io/releases/version-skew-policy). */
const OLDEST_KUBELET = 3;

/** Runs until the signal is aborted. @throws RancherFatal */
export async function runAgent(
  { distribution, configuration, version }: RancherProgram,
  call: CommandCall,
): Promise<void> {
  const { system, signal, service } = call;
  const url = configuration.text('server');
  const token = configuredToken(configuration, system);
  if (url === undefined) throw new RancherFatal('--server is required');
  if (token === undefined) throw new RancherFatal('--token is required');
  const node = nodeIdentity(configuration, system, version);
  service?.log(logLine('info', `Starting ${distribution.program} agent ${version}`));

  const cluster = await untilJoined(call, () =>
    findCluster(system, { distribution, url, token, role: 'agent' }),
  );
  checkSkew(cluster, version);
  await whenImagesAreThere(distribution, call);
  await system.latency.wait(distribution.startsIn.agent, system.machine.name, signal);
  await untilJoined(call, () => {
    if (presentNodePassword(system, cluster, node)) return;
    throw new JoinRefused(
      "Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match server node-passwd entry",
    );
  });
  const names = [node.name, node.address];
  await ensureCertificates(distribution, cluster.plane, { disk: system.disk, role: 'agent', names });
  runKubelet(system, cluster, { node, roles: [] }, signal);
  service?.log(logLine('info', 'Successfully registered node'));
  service?.ready();
  if (!signal.aborted) await once(signal, 'abort');
  cluster.silence.begin(node.name);
}

async function untilJoined<T>({ system, signal, service }: CommandCall, attempt: () => T): Promise<T> {
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!(error instanceof JoinRefused)) throw error;
      service?.log(
        logLine('error', `Waiting to retrieve agent configuration; server is not ready: ${error.message}`),
      );
    }
    await system.pause(RETRY_MS, signal);
  }
}

function checkSkew(cluster: RancherCluster, version: string): void {
  const skew = minorOf(cluster.record.version) - minorOf(version);
  if (skew >= 0 && skew <= OLDEST_KUBELET) return;
  throw new RancherFatal(
    `kubelet ${version} is not supported by the control plane ${cluster.record.version}`,
  );
}
