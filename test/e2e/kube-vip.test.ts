/** Control planes that keep the API's address among themselves: it is there before the first of them is, and outlives any. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clusterOf, decommission, example, provision, settled } from './clusters.js';
import { kubectl } from './kubectl.js';
import { LabProcess, waitFor } from './lab-process.js';
import { pullPlug } from './power.js';
import { remembered } from './remembered.js';

interface World {
  readonly guests: {
    readonly machines: readonly {
      readonly vmid: number;
      readonly name: string;
      readonly addresses: readonly string[];
    }[];
  };
}

let lab: LabProcess;
let untouched: unknown;
beforeAll(async () => {
  lab = await LabProcess.start();
  untouched = await lab.control('/world');
});
afterAll(() => lab.stop());

/** The address that the kubeconfig of the cluster leads to. */
async function apiAddress(name: string): Promise<string> {
  const { text } = await lab.api(`/api/v1/clusters/${name}/kubeconfig`);
  return /server: https:\/\/([0-9.]+):6443/.exec(text)?.[1] ?? '';
}

async function holdersOf(address: string) {
  const { guests } = await lab.control<World>('/world');
  return guests.machines.filter(({ addresses }) => addresses.includes(address));
}

/** As TALOS keeps it without kube-vip: by its own machine configuration. */
function talosBody(): string {
  const definition = JSON.parse(example('talos-ha').toString()) as { services: { type: string }[] };
  const services = [{ name: 'api', type: 'LOAD_BALANCER', configuration: { kind: 'KUBE_VIP' } }];
  return JSON.stringify({ ...definition, name: 'talos-vip', services });
}

describe.each([
  { name: 'vanilla-kube-vip', body: example('vanilla-kube-vip').toString(), nodes: 4 },
  { name: 'k3s-kube-vip', body: example('k3s-kube-vip').toString(), nodes: 4 },
  { name: 'talos-vip', body: talosBody(), nodes: 5 },
])('$name', ({ name, body, nodes }) => {
  test('becomes READY, and one of its servers has the address', async () => {
    await provision(lab, body);

    const view = await settled(lab, name, 240_000);

    expect(view).toMatchObject({ phase: 'READY', failure: null });
    expect(view.steps.filter(({ status }) => status !== 'done')).toEqual([]);
    const address = await apiAddress(name);
    expect(view.nodes.map((node) => node.address)).not.toContain(address);
    expect(await holdersOf(address)).toHaveLength(1);
  });

  test('is reached at the address also when the server that had it is gone', async () => {
    const address = await apiAddress(name);
    const [before] = await holdersOf(address);
    const view = await clusterOf(lab, name);
    const machine = view.nodes.find((node) => node.name === before?.name);
    const { host, vmid } = machine as unknown as { host: string; vmid: number };

    await pullPlug(lab, { host, vmid });

    const after = await waitFor(
      'the address to move',
      async () => (await holdersOf(address)).find((other) => other.vmid !== vmid),
      30_000,
    );
    expect(after.name).not.toBe(before?.name);
    const lines = await waitFor(
      'the API to answer there',
      () => kubectl(lab, name, 'get', 'nodes', '--no-headers').catch(() => null),
      30_000,
    );
    expect(lines.trim().split('\n')).toHaveLength(nodes);
  });

  test('is removed with nothing left behind', async () => {
    const { uid } = (await clusterOf(lab, name)) as unknown as { uid: string };

    await decommission(lab, name);

    expect(await lab.control('/world')).toEqual(untouched);
    expect(await remembered(lab, uid)).toEqual([]);
  });
});
