/** A database beside the lab's machines, in which K3s may keep its state instead of in etcd. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LabNetwork } from './network/lab-network.js';

/** In the network of the lab's machines. */
const DATASTORE = { address: '10.1.107.4', port: 5_432 } as const;
/** How definitions name it. */
const NAME = 'lab';

/**
 * The servers of K3s find it there. What they keep in it is part of the lab's own idea of a cluster, so nobody speaks
 * its protocol: a connection is taken, and closed.
 */
export function exposeDatastore(network: LabNetwork): void {
  network.place(DATASTORE.address, DATASTORE.port, { connect: (socket) => socket.destroy() });
}

/** What an operator would set: a folder with the address of each datastore. */
export function datastoreSettings(stateDir: string): Readonly<Record<string, string>> {
  const folder = resolve(stateDir, 'datastores');
  mkdirSync(folder, { recursive: true });
  const { address, port } = DATASTORE;
  writeFileSync(join(folder, NAME), `postgres://k3s:lab@${address}:${port}/k3s\n`, { mode: 0o600 });
  return { DATASTORES_PATH: folder };
}
