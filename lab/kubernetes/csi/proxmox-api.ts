/** The calls of Proxmox VE that the storage driver makes, with what its own configuration tells it. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';

export interface ProxmoxConfiguration {
  /** Up to `/api2/json`. */
  readonly url: string;
  /** `user@realm!name=uuid` */
  readonly token: string;
  /** PEM; left out, what the system trusts. */
  readonly ca?: string;
}

interface VmResource {
  readonly vmid: number;
  readonly node: string;
  readonly name?: string;
  readonly type: string;
}

const TASK_LOOKS = 200;
const BETWEEN_LOOKS_MS = 20;
const TIMEOUT_MS = 30_000;

/** @throws Error with what Proxmox VE said. */
export class ProxmoxApi {
  private readonly configuration: ProxmoxConfiguration;

  constructor(configuration: ProxmoxConfiguration) {
    this.configuration = configuration;
  }

  async isShared(node: string, storage: string): Promise<boolean> {
    const status = await this.call<{ shared?: number }>('GET', `/nodes/${node}/storage/${storage}/status`);
    return status.shared === 1;
  }

  /** Where a volume is seen from: any host for a shared storage. */
  async firstHost(): Promise<string> {
    const nodes = await this.call<{ node: string; status: string }[]>('GET', '/nodes');
    return nodes.find(({ status }) => status === 'online')?.node ?? '';
  }

  async volumes(node: string, storage: string, vmid: number): Promise<string[]> {
    const path = `/nodes/${node}/storage/${storage}/content?vmid=${vmid}`;
    return (await this.call<{ volid: string }[]>('GET', path)).map(({ volid }) => volid);
  }

  async allocate(
    node: string,
    storage: string,
    disk: Readonly<Record<string, string | number>>,
  ): Promise<void> {
    await this.call('POST', `/nodes/${node}/storage/${storage}/content`, disk);
  }

  async free(node: string, volid: string): Promise<void> {
    const storage = volid.slice(0, volid.indexOf(':'));
    const path = `/nodes/${node}/storage/${storage}/content/${encodeURIComponent(volid)}`;
    await this.done(await this.call<string | null>('DELETE', path));
  }

  /** By the name of its node. @returns `undefined` when there is none. */
  async vmNamed(name: string): Promise<VmResource | undefined> {
    const all = await this.call<VmResource[]>('GET', '/cluster/resources?type=vm');
    return all.find((guest) => guest.type === 'qemu' && guest.name === name);
  }

  config({ node, vmid }: VmResource): Promise<Readonly<Record<string, unknown>>> {
    return this.call('GET', `/nodes/${node}/qemu/${vmid}/config`);
  }

  async configure({ node, vmid }: VmResource, change: Readonly<Record<string, string>>): Promise<void> {
    await this.done(await this.call<string | null>('POST', `/nodes/${node}/qemu/${vmid}/config`, change));
  }

  private async done(upid: string | null): Promise<void> {
    if (upid === null) return;
    const node = upid.split(':')[1] ?? '';
    const path = `/nodes/${node}/tasks/${encodeURIComponent(upid)}/status`;
    for (let look = 0; look < TASK_LOOKS; look += 1) {
      const { status, exitstatus } = await this.call<{ status: string; exitstatus?: string }>('GET', path);
      if (status === 'stopped' && exitstatus === 'OK') return;
      if (status === 'stopped') throw new Error(`task ended with ${exitstatus ?? 'nothing'}`);
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
    }
    throw new Error('task did not end');
  }

  private async call<T>(
    method: string,
    path: string,
    body?: Readonly<Record<string, string | number>>,
  ): Promise<T> {
    const { url, token, ca } = this.configuration;
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(body ?? {})) form.set(name, String(value));
    const text = form.toString();
    const outgoing = request(`${url}${path}`, {
      method,
      agent: false,
      timeout: TIMEOUT_MS,
      headers: {
        Authorization: `PVEAPIToken=${token}`,
        ...(body === undefined
          ? {}
          : {
              'content-type': 'application/x-www-form-urlencoded',
              'content-length': Buffer.byteLength(text),
            }),
      },
      ...(ca === undefined ? {} : { ca }),
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.end(text);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const status = response.statusCode ?? 0;
    const answer = Buffer.concat(chunks).toString('utf8');
    if (status >= 400) throw new Error(`${status} ${response.statusMessage ?? ''} ${answer}`.trim());
    return (JSON.parse(answer) as { data: T }).data;
  }
}
