/** What a machine with Talos does once it has its configuration: apid, etcd, the Kubernetes API and its kubelet. */
import type { Credential } from '../../kubernetes/pki/certificates.js';
import { apiCertificate } from './certificates.js';
import type { TalosCluster } from './cluster.js';
import type { TalosConfiguration } from './configuration.js';
import type { TalosRelease } from './image.js';
import { machineApi, type ApiMachine } from './machine-api.js';
import { nodeAddress, type TalosMachine } from './talos-machine.js';

const KUBERNETES_PORT = 6_443;
/** Of trustd: machines without the authority's key ask there for the certificate of their own API. */
const TRUST_PORT = 50_001;
const RETRY_MS = 5_000;
/** Kubelets reach the API through KubePrism, a balancer on their own machine. */
const LOOPBACK = ['localhost', '127.0.0.1'];
/** So that an answer gets out before the machine goes down. */
const ANSWER_MS = 25;
const CONTROL_PLANE_LABEL = { 'node-role.kubernetes.io/control-plane': '' };

export class TalosNode implements ApiMachine {
  readonly name: string;
  readonly version: string;
  readonly release: TalosRelease;
  readonly isControlPlane: boolean;
  readonly endpoint: string;
  private readonly host: TalosMachine;
  private readonly configuration: TalosConfiguration;
  private readonly address: string;
  private readonly states = new Map<string, string>();
  private running: TalosCluster | null = null;
  private stopApi = (): void => undefined;
  private lastLine = '';

  constructor(host: TalosMachine, configuration: TalosConfiguration) {
    this.host = host;
    this.configuration = configuration;
    this.release = host.release;
    this.version = host.release.version;
    this.isControlPlane = configuration.type === 'controlplane';
    this.endpoint = configuration.endpoint.origin;
    this.address = nodeAddress(host.network, configuration.nodeSubnets) ?? '';
    // Without a name of its own a machine is called by its address.
    this.name = configuration.hostname || `talos-${this.address.replaceAll('.', '-')}`;
  }

  start(): void {
    this.background(this.isControlPlane ? this.runControlPlane() : this.runWorker());
  }

  etcd(): TalosCluster | null {
    return this.running;
  }

  hasEtcdData(): boolean {
    return this.data().etcd !== null;
  }

  services(): readonly { readonly id: string; readonly state: string }[] {
    return [...this.states].map(([id, state]) => ({ id, state }));
  }

  bootstrap(): void {
    this.background(this.formCluster());
  }

  /** The answer is on its way before the machine is. */
  upgrade(release: TalosRelease): void {
    const { host, running, name } = this;
    if (running !== null) running.upgrading = name;
    this.background(
      (async () => {
        await host.surroundings.latency.wait('guest.talos-upgrade', host.machine.name, host.power);
        await host.surroundings.pause(0, host.power, ANSWER_MS);
        host.clusters.disks.write(host.diskId, { release });
        host.restart();
      })(),
    );
  }

  private async runControlPlane(): Promise<void> {
    const { machineCa } = this.configuration;
    this.states.set('etcd', 'Preparing');
    await this.serveApi({ ...machineCa, privateKey: machineCa.privateKey ?? '' });
    // What asks for a certificate is told by the lab's clusters; nobody needs an answer on the wire.
    this.host.listen(TRUST_PORT, (socket) => socket.destroy());
    const { etcd } = this.data();
    const known = etcd === null ? undefined : await this.host.clusters.find(etcd);
    await (known === undefined ? this.joinCluster() : this.runMember(known));
  }

  /** Nothing happens until somebody, once, tells one machine to begin; a second beginning is a second cluster. */
  private async formCluster(): Promise<void> {
    const { configuration, host } = this;
    const { machineCa, kubernetesCa, etcdCa } = configuration;
    if (this.hasEtcdData()) return;
    const cluster = await host.clusters.create({
      version: host.release.kubernetes,
      machineToken: configuration.machineToken,
      machineCa: { ...machineCa, privateKey: machineCa.privateKey ?? '' },
      bootstrapToken: configuration.bootstrapToken,
      kubernetesCa: { ...kubernetesCa, privateKey: kubernetesCa.privateKey ?? '' },
      etcdCertificate: etcdCa?.certificate ?? '',
      podSubnet: configuration.podSubnet,
      serviceSubnet: configuration.serviceSubnet,
      dnsDomain: configuration.dnsDomain,
    });
    cluster.etcd.admit(this.name, host.diskId, true);
    host.clusters.disks.write(host.diskId, { etcd: cluster.record.id });
    await host.surroundings.latency.wait('guest.talos-bootstrap', host.machine.name, host.power);
    await this.runMember(cluster);
  }

  /** Waits until the endpoint leads to a cluster that takes it, as a learner at first. */
  private async joinCluster(): Promise<void> {
    for (;;) {
      if (this.hasEtcdData()) return;
      const cluster = this.clusterAtEndpoint();
      if (cluster !== undefined && this.mayJoinEtcd(cluster)) {
        this.host.clusters.disks.write(this.host.diskId, { etcd: cluster.record.id });
        return this.runMember(cluster);
      }
      await this.host.surroundings.pause(RETRY_MS, this.host.power);
    }
  }

  private mayJoinEtcd(cluster: TalosCluster): boolean {
    const objection =
      cluster.objection(this.configuration) ??
      (cluster.record.etcdCertificate === this.configuration.etcdCa?.certificate
        ? null
        : 'etcd: authentication handshake failed: certificate signed by unknown authority');
    if (objection !== null) return this.complain(`failed to join etcd: ${objection}`);
    if (!cluster.etcd.hasQuorum()) return this.complain('failed to join etcd: etcdserver: no leader');
    const admission = cluster.etcd.admit(this.name, this.host.diskId, false);
    return admission === 'admitted' || this.complain(`failed to join etcd: etcdserver: ${admission}`);
  }

  private async runMember(cluster: TalosCluster): Promise<void> {
    const { host, configuration } = this;
    const { power } = host;
    power.throwIfAborted();
    cluster.etcd.up(this.name);
    this.running = cluster;
    power.addEventListener('abort', () => cluster.etcd.down(this.name), { once: true });
    this.states.set('etcd', 'Running');
    cluster.etcd.api.onRemoved(this.name, () => this.etcdEnds(cluster));
    if (cluster.etcd.of(this.name)?.isVoter === false) {
      await host.surroundings.latency.wait('guest.etcd-promote', host.machine.name, power);
      cluster.etcd.promote(this.name);
    }
    await cluster.etcd.whenQuorum(power);
    if (cluster.upgrading === this.name) cluster.upgrading = null;
    await host.clusters.upgraded(cluster, host.release.kubernetes);
    const own = [this.name, this.address, configuration.endpoint.hostname, ...configuration.apiNames];
    const names = [...new Set([...own, ...LOOPBACK])];
    this.shareAddress(cluster);
    const close = host.listen(KUBERNETES_PORT, cluster.plane.serve(names));
    const addresses = host.network.interfaces.addresses();
    const withdraw = host.clusters.apiServers.announce(addresses, KUBERNETES_PORT, cluster);
    power.addEventListener('abort', withdraw, { once: true });
    this.stopApi = () => {
      withdraw();
      close();
    };
    await this.runKubelet(cluster);
  }

  private etcdEnds(cluster: TalosCluster): void {
    cluster.etcd.down(this.name);
    this.running = null;
    this.states.set('etcd', 'Failed');
    this.host.log('service[etcd](Failed): the member has been permanently removed from the cluster');
    this.stopApi();
  }

  /** The members of etcd elect the one that has the shared address (https://www.talos.dev/latest/talos-guides/network/vip/). */
  private shareAddress({ election, etcd }: TalosCluster): void {
    const { host, configuration } = this;
    const cards = host.network.interfaces.cards();
    for (const { sharedAddress, mac, name } of configuration.interfaces) {
      const card = cards.find((one) => (mac === null ? one.name === name : one.mac.toLowerCase() === mac));
      if (sharedAddress === null || card === undefined) continue;
      const prefixLength = sharedAddress.includes(':') ? 128 : 32;
      this.background(
        election.run({
          ...{ network: host.network, interface: card.name, signal: host.power },
          address: { address: sharedAddress, prefixLength },
          mayRenew: () => etcd.hasQuorum(),
          pause: (ms, signal, atLeastMs) => host.surroundings.pause(ms, signal, atLeastMs),
          log: (line) => host.log(`vip: ${line}`),
        }),
      );
    }
  }

  private async runWorker(): Promise<void> {
    const cluster = await this.untilAdmitted();
    this.background(this.serveWorkerApi(cluster));
    await this.runKubelet(cluster);
  }

  private async untilAdmitted(): Promise<TalosCluster> {
    for (;;) {
      const cluster = this.clusterAtEndpoint();
      const objection = cluster?.objection(this.configuration);
      if (cluster !== undefined && objection === null) return cluster;
      if (objection !== undefined && objection !== null)
        this.complain(`kubelet: failed to get its client certificate: ${objection}`);
      await this.host.surroundings.pause(RETRY_MS, this.host.power);
    }
  }

  /** The control plane signs for it where the machine shows the right token. */
  private async serveWorkerApi(cluster: TalosCluster): Promise<void> {
    const objection = cluster.trustObjection(this.configuration);
    if (objection !== null) {
      this.complain(`apid: failed to get its certificate from trustd: ${objection}`);
      return;
    }
    await this.serveApi(cluster.record.machineCa);
  }

  private async serveApi(authority: Credential): Promise<void> {
    const names = [
      this.name,
      ...this.host.network.interfaces.addresses(),
      ...this.configuration.machineNames,
    ];
    const credential = await apiCertificate(authority, names);
    if (this.host.power.aborted) return;
    const clientAuthority = this.configuration.machineCa.certificate;
    this.host.serveApi({ credential, clientAuthority, answers: machineApi(this) });
    this.states.set('apid', 'Running');
  }

  private async runKubelet(cluster: TalosCluster): Promise<void> {
    const { host, configuration, name } = this;
    const { machine, surroundings, power, release } = host;
    power.throwIfAborted();
    if (minorOf(release.kubernetes) > minorOf(cluster.record.version)) {
      this.complain(`kubelet ${release.kubernetes} is newer than the API server ${cluster.record.version}`);
      return;
    }
    this.states.set('kubelet', 'Running');
    cluster.silence.end(name);
    power.addEventListener('abort', () => cluster.silence.begin(name), { once: true });
    cluster.plane.registerNode({
      name,
      internalIp: this.address,
      version: release.kubernetes,
      osImage: `Talos (${release.version})`,
      labels: { ...(this.isControlPlane ? CONTROL_PLANE_LABEL : {}), ...configuration.labels },
      taints: configuration.taints,
      cores: machine.cores,
      memoryMiB: machine.memoryMiB,
      roles: this.isControlPlane ? ['control-plane'] : [],
    });
    // Without a network of Talos' own its pods wait for one that somebody installs.
    if (configuration.cni !== 'flannel') return;
    await surroundings.latency.wait('guest.node-ready', machine.name, power);
    if (cluster.plane.nodeNames().includes(name)) cluster.plane.setNodeReady(name, true);
  }

  private clusterAtEndpoint(): TalosCluster | undefined {
    const { hostname, port } = this.configuration.endpoint;
    const address = hostname.replace(/^\[|\]$/g, '');
    const traced = this.host.network.trace(address, port === '' ? 443 : Number(port));
    const cluster = this.host.clusters.apiServers.behind(traced);
    if (cluster === undefined) this.complain(`no API answers at ${this.endpoint}: ${traced.kind}`);
    return cluster;
  }

  private data() {
    return this.host.clusters.disks.read(this.host.diskId);
  }

  /** Said once, until there is something else to say. */
  private complain(line: string): false {
    if (line !== this.lastLine) this.host.log(line);
    this.lastLine = line;
    return false;
  }

  private background(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.host.power.aborted) this.host.log(`failed: ${(error as Error).message}`);
    });
  }
}

function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}
