import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import type { FaultStatus } from '../../lab/faults.js';
import { clusterOf, decommission, example, provision, settled } from '../e2e/clusters.js';
import { LabProcess, waitFor } from '../e2e/lab-process.js';
import { remembered, withDatabase } from '../e2e/remembered.js';
import { BOOT_MOMENTS, type BootMoment } from './moments.js';

interface World {
  readonly proxmox: {
    readonly vms: readonly { readonly name: string }[];
    readonly isos: readonly { readonly node: string; readonly volid: string }[];
  };
}

interface Definition {
  readonly network?: object;
  readonly nodeGroups: readonly { readonly name: string; readonly role: string }[];
}

const WAIT_MS = 240_000;
const HOSTS = ['hv5', 'hv6', 'hv7'] as const;

let lab: LabProcess;
let untouched: World;
let connection: Connection;
beforeEach(async () => {
  lab = await LabProcess.start();
  untouched = await lab.control<World>('/world');
  connection = await Connection.connect({ address: lab.temporalAddress });
});
afterEach(async () => {
  await connection.close();
  await lab.stop();
});

const parsed = (file: string): Definition => JSON.parse(example(file).toString()) as Definition;

/**
 * Without the virtual addresses, which only one cluster can have.
 * @param host where all machines go but the bastion, whose template is on one host only.
 */
function requestFor(file: string, name: string, host: string): string {
  const definition = parsed(file);
  const nodeGroups = definition.nodeGroups.map((group) =>
    group.role === 'BASTION' ? group : { ...group, placement: { targetNodes: [host] } },
  );
  const network = { ...definition.network, virtualAddresses: [] };
  return JSON.stringify({ ...definition, name, network, nodeGroups });
}

function machinesOf(file: string, name: string): string[] {
  return parsed(file).nodeGroups.map((group) => `${name}-${group.name}-1`);
}

/** Provisions a cluster that is held in the middle of the moment. @returns the hold. */
async function heldAt(moment: BootMoment, name: string, host: string): Promise<string> {
  const hold = await lab.fault(moment.rule);
  await provision(lab, requestFor(moment.example, name, host));
  await waitFor(
    `${name} to be held: ${moment.name}`,
    async () => (await lab.control<FaultStatus[]>('/faults')).some(({ id, hits }) => id === hold && hits > 0),
    WAIT_MS,
  );
  return hold;
}

test('a worker that is killed in the middle of a download, an import, a network boot goes on, and nothing is made twice', async () => {
  const clusters = BOOT_MOMENTS.map((moment, index) => ({ ...moment, cluster: `b-${index + 1}`, index }));
  const holds: string[] = [];
  for (const { cluster, index, ...moment } of clusters)
    holds.push(await heldAt(moment, cluster, HOSTS[index % HOSTS.length] ?? ''));

  lab.killOnly('worker');
  for (const hold of holds) await lab.release(hold);

  for (const { cluster } of clusters) {
    expect(await settled(lab, cluster, 180_000)).toMatchObject({ phase: 'READY', failure: null });
  }
  const { proxmox } = await lab.control<World>('/world');
  expect(proxmox.vms.map(({ name }) => name).sort()).toEqual(
    clusters.flatMap((each) => machinesOf(each.example, each.cluster)).sort(),
  );
  await Promise.all(clusters.map(({ cluster }) => decommission(lab, cluster)));
  const world = await lab.control<World>('/world');
  // One file for each of the two hosts: they are kept for the next cluster.
  expect(world.proxmox.isos.map(({ node }) => node).sort()).toEqual(['hv5', 'hv6']);
  expect(world).toEqual({ ...untouched, proxmox: { ...untouched.proxmox, isos: world.proxmox.isos } });
}, 500_000);

test('a worker that is killed while a machine cannot be armed, and while it cannot be disarmed, does both once it can', async () => {
  const name = 'armed';
  const node = new Client({ connection }).workflow.getHandle(`cluster/${name}/provision-1/${name}-server-1`);
  /** Waits until the activity was tried in vain, and is going to be tried again. */
  const triedInVain = async (activity: string): Promise<void> => {
    await waitFor(
      `${activity} to be tried`,
      async () => {
        const described = await node.describe().catch(() => null);
        return (described?.raw.pendingActivities ?? []).some(
          ({ activityType, attempt }) => activityType?.name === activity && (attempt ?? 0) > 1,
        );
      },
      WAIT_MS,
    );
  };
  const change = (sql: string): unknown => withDatabase(lab, (database) => database.exec(sql));
  const refuse = (statement: 'insert' | 'delete'): unknown =>
    change(
      `create trigger refused before ${statement} on boot_armings begin select raise(abort, 'refused'); end`,
    );
  const allow = (): unknown => change('drop trigger refused');

  refuse('insert');
  await provision(lab, requestFor('k3s-pxe-isolated', name, 'hv6'));
  await triedInVain('prepareBoot');
  lab.killOnly('worker');
  allow();
  refuse('delete');
  await triedInVain('cleanUpBoot');
  lab.killOnly('worker');
  allow();

  expect(await settled(lab, name, 180_000)).toMatchObject({ phase: 'READY', failure: null });
  const { uid } = (await clusterOf(lab, name)) as unknown as { uid: string };
  expect(await remembered(lab, uid)).not.toContainEqual({ machine: `${name}-server-1` });
  await decommission(lab, name);
  expect(await lab.control('/world')).toEqual(untouched);
  expect(await remembered(lab, uid)).toEqual([]);
}, 400_000);
