/** What a person does to a machine in Proxmox VE itself, past the service. */
import { request } from 'node:https';
import type { LabProcess } from './lab-process.js';

export interface PoweredMachine {
  readonly host: string;
  readonly vmid: number;
}

/** The power is gone at once; resolves when the task has been begun. */
export async function pullPlug(lab: LabProcess, { host, vmid }: PoweredMachine): Promise<void> {
  const { url, token } = lab.proxmox;
  const status = await new Promise<number>((resolve, reject) => {
    const call = request(
      `${url}/api2/json/nodes/${host}/qemu/${vmid}/status/stop`,
      {
        method: 'POST',
        headers: { authorization: `PVEAPIToken=${token}` },
        // The lab has a certificate of its own, and is on this machine.
        rejectUnauthorized: false,
      },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    call.on('error', reject);
    call.end();
  });
  if (status !== 200) throw new Error(`Proxmox VE answered ${status}`);
}
