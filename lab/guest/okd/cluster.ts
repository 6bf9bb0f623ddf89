/** One OKD cluster of the lab: its etcd, its nodes, and how far it has come. */
import { createHash, randomBytes } from 'node:crypto';
import type { LabControlPlane } from '../../kubernetes/lab-kubernetes.js';
import { LabEtcd } from '../etcd/lab-etcd.js';
import { nodeAddress } from '../etcd/node-address.js';
import type { ClusterHost } from '../clusters/cluster-registry.js';
import { NodeSilence } from '../node-silence.js';
import { FIRST_CERTIFICATES_MS, type Installation } from './installation.js';
import { defineOperators, settleOperators } from './operators.js';

/** Kept across restarts of the lab. */
export interface OkdRecord {
  readonly installation: Installation;
  /** Disk of the machine that the cluster began on. */
  readonly bootstrapDisk: string;
  isBootstrapped: boolean;
  /** Disks of the masters, by node. */
  readonly members: Record<string, string>;
  /** Nodes that take work and whose kubelet serves. */
  readonly working: string[];
}

export const BOOTSTRAPPER = 'system:serviceaccount:openshift-machine-config-operator:node-bootstrapper';

export class OkdCluster {
  readonly record: OkdRecord;
  readonly plane: LabControlPlane;
  /** Of kubelets. */
  readonly silence: NodeSilence;
  /** As its own API shows it. */
  readonly etcd: LabEtcd;
  private readonly host: ClusterHost;
  private readonly running = new Set<string>();
  private hasBootstrap = false;

  constructor(record: OkdRecord, host: ClusterHost) {
    this.record = record;
    this.host = host;
    this.plane = host.plane;
    this.silence = new NodeSilence(host.plane, (ms, signal) => host.pause(ms, signal));
    this.etcd = new LabEtcd({
      members: () =>
        Object.entries(record.members).map(([node, diskId]) => ({
          ...{ node, diskId },
          isVoter: true,
          isUp: this.running.has(node),
        })),
      remove: (node) => {
        delete record.members[node];
        this.changed();
      },
      addressOf: (node) => nodeAddress(host.plane, node),
      namesAreUnique: false,
    });
    this.changed();
  }

  get installation(): Installation {
    return this.record.installation;
  }

  /** Names that the certificate of the API is for: no address of any machine is among them. */
  apiNames(): string[] {
    const { domain } = this.installation;
    return [`api.${domain}`, `api-int.${domain}`];
  }

  /** Until the bootstrap is over, kubelets show what the installation gave them; afterwards the cluster renews it. */
  credentialEndsAt(): number {
    const { madeAt } = this.installation;
    return this.record.isBootstrapped ? Number.MAX_SAFE_INTEGER : madeAt + FIRST_CERTIFICATES_MS;
  }

  /** The API and etcd of the bootstrap machine are there until the returned function is called. */
  bootstrapUp(): () => void {
    this.hasBootstrap = true;
    this.changed();
    defineOperators(this.plane.objects);
    this.settle();
    return () => {
      this.hasBootstrap = false;
      this.changed();
    };
  }

  /** A master that is Ready is a member of etcd, and runs for as long as its power is on. */
  memberUp(node: string, diskId: string): () => void {
    this.record.members[node] = diskId;
    this.running.add(node);
    this.changed();
    return () => {
      this.running.delete(node);
      this.changed();
    };
  }

  /** Whether the disk holds etcd's data under this name. */
  isMember(node: string, diskId: string): boolean {
    return this.record.members[node] === diskId;
  }

  /** All masters that the installation has are members and run. */
  isComplete(): boolean {
    return this.running.size >= this.installation.config.masters;
  }

  bootstrapped(): void {
    this.record.isBootstrapped = true;
    this.changed();
    this.settle();
  }

  /** Its kubelet serves with a certificate of the cluster. */
  nodeServes(node: string, pool: 'master' | 'worker'): void {
    const takesWork = pool === 'worker' || this.installation.mastersSchedulable;
    if (takesWork && !this.record.working.includes(node)) this.record.working.push(node);
    this.host.save();
    this.settle();
  }

  /** @returns the name of the request, which is there until somebody has decided it. */
  requestCertificate(asked: {
    readonly signerName: string;
    readonly usage: string;
    readonly username: string;
    readonly groups: readonly string[];
    readonly pem: string;
  }): string {
    const name = `csr-${createHash('sha256').update(randomBytes(16)).digest('hex').slice(0, 5)}`;
    const { signerName, usage, username, groups, pem } = asked;
    this.plane.objects.ensure('certificatesigningrequests.certificates.k8s.io', {
      metadata: { name },
      spec: {
        request: Buffer.from(pem).toString('base64'),
        signerName,
        username,
        groups: [...groups, 'system:authenticated'],
        usages: ['digital signature', usage],
      },
    });
    return name;
  }

  /** @returns PEM once it was approved; `null` when it was denied or is gone. */
  certificateOf(request: string): string | null | undefined {
    const found = this.plane.objects.get('certificatesigningrequests.certificates.k8s.io', request);
    if (found === undefined) return null;
    const status = found['status'] as { certificate?: string; conditions?: { type: string }[] } | undefined;
    const isOver = status?.conditions?.some(({ type }) => type === 'Denied' || type === 'Failed') === true;
    if (isOver) return null;
    return status?.certificate === undefined
      ? undefined
      : Buffer.from(status.certificate, 'base64').toString();
  }

  /** @returns whether anything of the cluster was on the disk. */
  wasOn(diskId: string): boolean {
    return this.disks().includes(diskId);
  }

  /** @returns whether another disk of it is left. */
  diskRemoved(diskId: string, isThere: (diskId: string) => boolean): boolean {
    return this.disks().some((other) => other !== diskId && isThere(other));
  }

  close(): void {
    this.silence.close();
  }

  private disks(): string[] {
    return [this.record.bootstrapDisk, ...Object.values(this.record.members)];
  }

  private settle(): void {
    const { isBootstrapped, working } = this.record;
    const { version } = this.installation;
    settleOperators(this.plane.objects, { version, isBootstrapped, takesWork: working.length > 0 });
  }

  private changed(): void {
    const members = Object.keys(this.record.members).length;
    this.plane.setQuorum(this.hasBootstrap || (members > 0 && this.running.size > members / 2));
    this.host.save();
  }
}
