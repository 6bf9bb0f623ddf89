/** The cluster of the server that runs on this very machine: what its subcommands are asked of. */
import { readText } from '../disk/root-files.js';
import type { CommandCall } from '../shell/guest-command.js';
import type { RancherCluster } from './cluster.js';
import type { RancherDistribution } from './distribution.js';
import { RancherFatal } from './fatal.js';

/** @param path of the request, for the message. @throws RancherFatal where no server runs. */
export async function serverHere(
  { dataFolder, supervisorPort }: RancherDistribution,
  { system }: CommandCall,
  path: string,
): Promise<RancherCluster> {
  const id = readText(system.disk, `${dataFolder}/server/db/cluster-id`)?.trim();
  const cluster = id === undefined ? undefined : await system.clusters.find(id);
  if (cluster === undefined || !system.openPorts().includes(supervisorPort)) {
    const dial = `dial tcp 127.0.0.1:${supervisorPort}: connect: connection refused`;
    throw new RancherFatal(
      `see server log for details: Post "https://127.0.0.1:${supervisorPort}${path}": ${dial}`,
    );
  }
  return cluster;
}
