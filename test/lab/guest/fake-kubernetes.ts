/** A Kubernetes without an API: it writes down what it is told. */
import type { ClusterFile } from '../../../lab/kubernetes/store/cluster-files.js';
import type {
  ControlPlaneOptions,
  EtcdChange,
  LabControlPlane,
  LabKubernetes,
  NodeRegistration,
} from '../../../lab/kubernetes/lab-kubernetes.js';

export interface FakeNode extends NodeRegistration {
  ready: string;
  votes: boolean;
}

export class FakeControlPlane implements LabControlPlane {
  readonly id: string;
  readonly caHash = 'a'.repeat(64);
  readonly caCertificatePem = 'certificate';
  readonly nodes = new Map<string, FakeNode>();
  options: ControlPlaneOptions;
  alternativeNames: readonly string[] = [];
  hasQuorum = false;

  constructor(id: string, options: ControlPlaneOptions) {
    this.id = id;
    this.options = options;
  }

  serve(alternativeNames: readonly string[]): (socket: { end(text: string): unknown }) => void {
    this.alternativeNames = alternativeNames;
    return (socket) => void socket.end('an API would answer here');
  }

  serveIngress(): (socket: { end(): unknown }) => void {
    return (socket) => void socket.end();
  }

  async adminKubeconfig(server: string): Promise<string> {
    return `server: ${server}\n`;
  }

  async issue(): Promise<{ certificate: string; privateKey: string }> {
    return { certificate: 'certificate', privateKey: 'key' };
  }

  registerNode(node: NodeRegistration): void {
    this.nodes.set(node.name, { ...node, ready: 'False', votes: node.etcd === 'voter' });
  }

  setNodeReady(name: string, ready: boolean, reason?: string): void {
    const node = this.nodes.get(name);
    if (node !== undefined) node.ready = ready ? 'True' : (reason ?? 'False');
  }

  setEtcdVoter(name: string, voter: boolean): void {
    const node = this.nodes.get(name);
    if (node !== undefined) node.votes = voter;
  }

  setQuorum(hasQuorum: boolean, change?: EtcdChange): void {
    const isLost = this.hasQuorum && !hasQuorum;
    this.hasQuorum = hasQuorum;
    if (change !== undefined) this.etcdChanged(change, isLost);
  }

  /** Called with each change of etcd's members, and whether the quorum is lost by it. */
  etcdChanged: (change: EtcdChange, isLost: boolean) => void = () => undefined;

  nodeNames(): string[] {
    return [...this.nodes.keys()];
  }

  /** There are none. */
  readonly objects = { get: () => undefined, ensure: () => undefined, change: () => undefined };

  isNodeReady(name: string): boolean {
    return this.nodes.get(name)?.ready === 'True';
  }

  runningImages(): readonly string[] {
    return [];
  }

  snapshot(): ClusterFile {
    const nobody = { certificate: '', privateKey: '' };
    const keys = {
      ...{ serverAuthority: nobody, clientAuthority: nobody, admin: nobody },
      serviceAccountKey: '',
    };
    return { options: this.options, keys, content: { revision: 1, objects: {} } };
  }
}

export class FakeKubernetes implements LabKubernetes {
  readonly planes = new Map<string, FakeControlPlane>();

  /** The only control plane that there is. */
  get plane(): FakeControlPlane {
    const [plane, ...others] = this.planes.values();
    if (plane === undefined || others.length > 0)
      throw new Error(`there are ${this.planes.size} control planes`);
    return plane;
  }

  async open(id: string, options: ControlPlaneOptions): Promise<FakeControlPlane> {
    const plane = this.planes.get(id) ?? new FakeControlPlane(id, options);
    plane.options = options;
    this.planes.set(id, plane);
    return plane;
  }

  restore(id: string, { options }: ClusterFile): Promise<FakeControlPlane> {
    return this.open(id, options);
  }

  find(id: string): FakeControlPlane | undefined {
    return this.planes.get(id);
  }

  async remove(id: string): Promise<void> {
    this.planes.delete(id);
  }

  async close(): Promise<void> {}
}
