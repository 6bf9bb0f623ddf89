/** What persons and other programs do to the simulated cluster, beside the product. */
import { fetch } from 'undici';
import type { SimulatorTarget } from '../contract/proxmox/simulator-target.js';
import type { FaultySimulator } from '../contract/proxmox/faulty-simulator.js';
import type { ReservedMachine } from '../contract/proxmox/workshop.js';
import { pinned } from '../lab/proxmox/simulated-cluster.js';

/** @returns the `data` of the answer. @throws Error with its words when it is refused. */
export async function administer<T = unknown>(
  { simulator }: Pick<SimulatorTarget, 'simulator'>,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  form: Readonly<Record<string, string>> = {},
): Promise<T> {
  const agent = pinned(simulator);
  try {
    const answer = await fetch(`${simulator.url}/api2/json${path}`, {
      method,
      dispatcher: agent,
      headers: {
        authorization: `PVEAPIToken=${simulator.token}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      ...(method === 'GET' ? {} : { body: new URLSearchParams(form).toString() }),
    });
    const body = (await answer.json()) as { data: T; message?: string };
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${body.message ?? ''}`);
    return body.data;
  } finally {
    await agent.close();
  }
}

/** Changes options of the VM, wherever it is, and waits until that is done. */
export async function changeByHand(
  simulated: FaultySimulator,
  { identity }: ReservedMachine,
  change: Readonly<Record<string, string>>,
): Promise<void> {
  const { vmid } = identity;
  const host = hostOf(simulated, vmid) ?? '';
  await simulated.settled(await simulated.shop.client.changeConfig({ host, vmid }, change));
}

/** `undefined` when there is no such VM. */
export function hostOf({ target }: FaultySimulator, vmid: number): string | undefined {
  return target.simulator.inspect().vms.find((vm) => vm.vmid === vmid)?.node;
}

export function isRunning({ target }: FaultySimulator, vmid: number): boolean {
  return target.simulator.inspect().vms.some((vm) => vm.vmid === vmid && vm.running);
}
