/** Machines of a cluster of kubeadm on hosts of the deep lab, and the way by which the product logs in to them. */
import { connect } from 'node:net';
import { pipeline } from 'node:stream';
import { LabNetwork } from '../../lab/network/lab-network.js';
import { startSocksServer, type SocksServer } from '../../lab/network/socks-server.js';
import type { PlatformMachine } from '../../platforms/platform.js';
import { API_PORT, type BalancedLab } from './balanced-lab.js';
import { SSH_PORT, startBastion } from './bastion.js';
import { goProgram, KUBERNETES } from './go-program.js';
import type { Host } from './host.js';
import { SERVER } from './pxe-lab.js';

/**
 * Stand in for containerd's own tools: what a container would run is run on the host. They know the very words of the
 * real ones, so that a step which gets them wrong fails.
 */
const TOOLS = {
  crictl: `case "$*" in *' pull registry.k8s.io/etcd:'*) ;; *) exit 1 ;; esac`,
  kubeadm: 'exec kubernetes kubeadm "$@"',
  ctr: `set -eu
test "$1 $2" = '--namespace k8s.io'
shift 2
case "$1 $2" in
  'tasks delete') test "$3 $4" = '--force clusterwright-restore'; exit 1 ;;
  'containers delete') test "$3" = clusterwright-restore; exit 1 ;;
  'run --rm') test "$3" = --mount ;;
  *) exit 2 ;;
esac
case "$5" in registry.k8s.io/etcd:*) ;; *) exit 3 ;; esac
shift 6
exec kubernetes "$@"`,
} as const;
/** It has no pods to start here: the tests start what their manifests say. */
const KUBELET = '[Service]\nType=notify\nExecStart=sleep infinity\n';

export class GuestMachines {
  private readonly lab: BalancedLab;
  private readonly network: LabNetwork;
  private readonly proxy: SocksServer;
  private readonly hosts = new Map<string, Host>();

  private constructor(lab: BalancedLab, network: LabNetwork, proxy: SocksServer) {
    this.lab = lab;
    this.network = network;
    this.proxy = proxy;
  }

  static async open(lab: BalancedLab): Promise<GuestMachines> {
    const network = new LabNetwork();
    const proxy = await startSocksServer({ host: '127.0.0.1', port: 0, network });
    const machines = new GuestMachines(lab, network, proxy);
    await machines.connect(lab.balancer, { at: SERVER, as: SERVER, port: API_PORT });
    return machines;
  }

  get proxyUrl(): string {
    return this.proxy.url;
  }

  /** A new machine, whatever had its name and address before. @param publicKey of who may log in. */
  async add(machine: PlatformMachine, publicKey: string): Promise<Host> {
    const { name, address } = machine;
    const host = await this.lab.addMachine(machine);
    await startBastion(host, publicKey);
    await host.show(await goProgram(KUBERNETES), '/usr/local/bin/kubernetes');
    await host.sh(`hostname ${name}; cat > /lib/systemd/system/kubelet.service`, KUBELET);
    for (const [tool, script] of Object.entries(TOOLS)) {
      await host.sh(
        `cat > /usr/local/bin/${tool}; chmod 755 /usr/local/bin/${tool}`,
        `#!/bin/sh\n${script}\n`,
      );
    }
    await this.connect(host, { at: '127.0.0.1', as: address, port: SSH_PORT });
    this.hosts.set(name, host);
    return host;
  }

  /** Nothing runs there any more, and nothing answers at its address. */
  async lose({ name, address }: PlatformMachine): Promise<void> {
    await this.hosts.get(name)?.sh('ip link set eth0 down; pkill -9 kubernetes; rm -rf /var/lib/etcd');
    this.network.detach(address);
    this.hosts.delete(name);
  }

  /** Whoever goes there by way of the proxy ends up at that port of the host. */
  private async connect(host: Host, to: { readonly at: string; readonly as: string; readonly port: number }) {
    const door = await host.doorway().forward(to.at, to.port);
    this.network.attach(to.as);
    this.network.listen(to.as, to.port, (near) => {
      const far = connect(door, '127.0.0.1');
      // Whichever end goes first takes the other with it.
      pipeline(near, far, near, () => undefined);
    });
  }

  async close(): Promise<void> {
    await this.proxy.close();
  }
}
