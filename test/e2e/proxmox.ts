/** Proxmox VE of the lab, as a person asks it. */
import { request } from 'node:https';
import type { LabProcess } from './lab-process.js';

export interface ProxmoxAnswer<T> {
  readonly status: number;
  /** `null` where it refuses. */
  readonly data: T | null;
}

/** @param form of `application/x-www-form-urlencoded`. */
export async function askProxmox<T>(
  lab: LabProcess,
  method: string,
  path: string,
  form = '',
): Promise<ProxmoxAnswer<T>> {
  const { url, token } = lab.proxmox;
  return new Promise((resolve, reject) => {
    const call = request(
      `${url}/api2/json${path}`,
      {
        method,
        headers: {
          authorization: `PVEAPIToken=${token}`,
          ...(form === '' ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        },
        // The lab has a certificate of its own, and is on this machine.
        rejectUnauthorized: false,
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => {
          const status = answer.statusCode ?? 0;
          const { data } = (status < 300 ? JSON.parse(text) : { data: null }) as { data: T | null };
          resolve({ status, data });
        });
      },
    );
    call.on('error', reject);
    call.end(form);
  });
}
