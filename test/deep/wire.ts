/** A network cable with many ends: a bridge in a namespace of its own, and the interfaces of hosts on it. */
import type { Host } from './host.js';

export interface Plug {
  /** The interface's name on the host, such as `eth1`. */
  readonly name: string;
  readonly mac: string;
  /** With its prefix length, such as `10.77.0.2/24`; without one the interface is up and has none. */
  readonly address?: string;
}

const BRIDGE = 'wire';

export class Wire {
  readonly host: Host;
  private ends = 0;

  private constructor(host: Host) {
    this.host = host;
  }

  static async start(host: Host): Promise<Wire> {
    await host.ip('link', 'add', BRIDGE, 'type', 'bridge', 'forward_delay', '0', 'mcast_snooping', '0');
    await host.ip('link', 'set', BRIDGE, 'up');
    return new Wire(host);
  }

  async plugIn(host: Host, { name, mac, address }: Plug): Promise<void> {
    const end = `end${(this.ends += 1)}`;
    const peer = ['peer', 'name', name, 'address', mac, 'netns', String(host.pid)];
    await this.host.ip('link', 'add', end, 'type', 'veth', ...peer);
    await this.host.ip('link', 'set', end, 'master', BRIDGE, 'up');
    await host.ip('link', 'set', name, 'up');
    if (address !== undefined) await host.ip('address', 'add', address, 'dev', name);
  }

  /** An interface for a virtual machine that runs on the wire's own host. @returns its name. */
  async tap(): Promise<string> {
    const name = `tap${(this.ends += 1)}`;
    await this.host.ip('tuntap', 'add', name, 'mode', 'tap');
    await this.host.ip('link', 'set', name, 'master', BRIDGE, 'up');
    return name;
  }
}
