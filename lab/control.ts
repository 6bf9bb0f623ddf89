/** The lab's own endpoint: inject faults, read the injected latencies, see everything that exists. */
import express from 'express';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { z } from 'zod';
import type { WorldChange } from './fault-effects.js';
import { faultRuleSchema, worldChangeSchema } from './fault-rule.js';
import type { Faults } from './faults.js';
import type { Latency } from './latency.js';

export interface ControlOptions {
  readonly host: string;
  readonly port: number;
  readonly faults: Faults;
  readonly latency: Latency;
  readonly inspect: () => unknown;
  readonly clusters: () => unknown;
  /** @throws Error when there is nothing to be changed so. */
  readonly change: (change: WorldChange) => void;
}

/**
 * - `GET /world` everything that exists; `GET /latencies` all injected waits
 * - `GET /clusters` the clusters of Kubernetes that machines have formed, each with the members of its etcd
 * - `GET /faults`, `POST /faults` with a rule, answered with its id; `DELETE /faults/:id` lets go of what it holds
 * - `GET /faults/:id/hit` answers when the rule has hit
 * - `POST /changes` with one of the changes below, which happens at once; it has to name the VM and the host
 *
 * A rule names a `target` (`proxmox`, `ssh`, `kubernetes`; `program`, `talos` and `dns` can only be held), a `stage`
 * (`before` the call has any effect, or `after` it took effect but before the caller hears of it), a regular expression
 * `match` on the call, how many matching calls to `skip` (0) and how many `times` to hit (1), and an `effect`:
 *
 * | kind                   | fields            | what happens                                                       |
 * | ---------------------- | ----------------- | ------------------------------------------------------------------ |
 * | `hold`                 |                   | the call waits until the rule is deleted                           |
 * | `drop`                 |                   | the connection is cut; with `after`, the reply is lost             |
 * | `status`               | `status message`  | answered with this instead, such as 595, 596 or 599                |
 * | `task-error`           | `message`         | the task fails with this text, and cleans up                       |
 * | `task-warning`         | `message`         | the task ends with `WARNINGS: 1`                                   |
 * | `task-crash`           | `when`            | `unexpected status`: `underway`, its lock left behind, or `done`   |
 * | `storage-lock-timeout` |                   | the task does not get the lock of the first storage it asks for    |
 * | `move-vm`              | `node vmid?`      | a person or high availability moves the VM                         |
 * | `take-vmid`            | `vmid? node?`     | a stranger's VM has the VMID                                       |
 * | `unlock-vm`            | `vmid?`           | a person types `qm unlock`                                         |
 * | `node-offline`         | `node? forMs?`    | calls about the host answer 595, for a while or until it is back   |
 * | `node-hanging`         | `node?`           | the host takes calls and never answers them, until it is back      |
 * | `node-online`          | `node?`           | it is back                                                         |
 * | `quorum-lost`          |                   | the cluster's configuration cannot be changed                      |
 * | `quorum-regained`      |                   | it can be changed again                                            |
 *
 * From `task-error` on they are effects of `proxmox` alone, and those on tasks are set `before`. What a change does not
 * name is taken from the call: its VM, or the one that it makes, and its host. A rule or change that is none of these
 * is answered with 400 and what is wrong with it.
 */
export async function startControl(
  options: ControlOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const { faults, latency, inspect, clusters, change } = options;
  const app = express();
  app.use(express.json());
  app.get('/world', (_request, response) => {
    response.json(inspect());
  });
  app.get('/clusters', (_request, response) => {
    response.json(clusters());
  });
  app.get('/latencies', (_request, response) => {
    response.json(latency.spans);
  });
  app.get('/faults', (_request, response) => {
    response.json(faults.list());
  });
  app.post('/faults', (request, response) => {
    const rule = faultRuleSchema.safeParse(request.body);
    if (rule.success) response.status(201).json({ id: faults.add(rule.data) });
    else response.status(400).json({ message: z.prettifyError(rule.error) });
  });
  app.post('/changes', (request, response) => {
    const wanted = worldChangeSchema.safeParse(request.body);
    if (!wanted.success) return void response.status(400).json({ message: z.prettifyError(wanted.error) });
    try {
      change(wanted.data);
    } catch (error) {
      return void response.status(400).json({ message: (error as Error).message });
    }
    response.sendStatus(204);
  });
  app.delete('/faults/:id', (request, response) => {
    response.sendStatus(faults.remove(request.params.id) ? 204 : 404);
  });
  app.get('/faults/:id/hit', async (request, response) => {
    response.sendStatus((await faults.hit(request.params.id)) ? 200 : 410);
  });
  const server = createServer(app);
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host}:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
