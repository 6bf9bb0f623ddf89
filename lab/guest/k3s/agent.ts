/** `k3s agent`: joins a cluster and runs a node, and goes on trying until it can. */
import { once } from 'node:events';
import type { CommandCall } from '../shell/guest-command.js';
import type { K3sCluster } from './cluster.js';
import type { K3sConfiguration } from './configuration.js';
import { K3sFatal, logLine } from './fatal.js';
import { configuredToken, findCluster, JoinRefused } from './join.js';
import { nodeIdentity, presentNodePassword, runKubelet } from './node.js';
import { minorOf } from './version.js';

const RETRY_MS = 5_000;
/** How much older than the control plane a kubelet may be (https://kubernetes.io/releases/version-skew-policy). */
const OLDEST_KUBELET = 3;

/** Runs until the signal is aborted. @throws K3sFatal */
export async function runAgent(
  configuration: K3sConfiguration,
  version: string,
  call: CommandCall,
): Promise<void> {
  const { system, signal, service } = call;
  const url = configuration.text('server');
  const token = configuredToken(configuration, system);
  if (url === undefined) throw new K3sFatal('--server is required');
  if (token === undefined) throw new K3sFatal('--token is required');
  const node = nodeIdentity(configuration, system, version);
  service?.log(logLine('info', `Starting k3s agent ${version}`));

  const cluster = await untilJoined(call, () => findCluster(system, url, token, 'agent'));
  checkSkew(cluster, version);
  await system.latency.wait('guest.k3s-agent-start', system.machine.name, signal);
  await untilJoined(call, () => {
    if (presentNodePassword(system, cluster, node)) return;
    throw new JoinRefused(
      "Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match server node-passwd entry",
    );
  });
  runKubelet(system, cluster, { node, roles: [] }, signal);
  service?.log(logLine('info', 'Successfully registered node'));
  service?.ready();
  if (!signal.aborted) await once(signal, 'abort');
  cluster.silent(node.name);
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

function checkSkew(cluster: K3sCluster, version: string): void {
  const skew = minorOf(cluster.record.version) - minorOf(version);
  if (skew >= 0 && skew <= OLDEST_KUBELET) return;
  throw new K3sFatal(`kubelet ${version} is not supported by the control plane ${cluster.record.version}`);
}
