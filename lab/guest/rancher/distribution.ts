/** What K3s and RKE2 differ in: RKE2 is K3s's own code with other components around it. */
import type { LatencyKind } from '../../latency.js';
import type { RancherConfiguration } from './configuration.js';
import type { FlagDeclaration } from './flag.js';

export interface RancherDistribution {
  readonly program: 'k3s' | 'rke2';
  /** `/etc/rancher/<program>` */
  readonly configFolder: string;
  /** `/var/lib/rancher/<program>` */
  readonly dataFolder: string;
  /** What its environment variables begin with. */
  readonly variables: 'K3S' | 'RKE2';
  readonly flags: Readonly<Record<'server' | 'agent', readonly FlagDeclaration[]>>;
  /** Where servers and agents join. */
  readonly supervisorPort: number;
  readonly apiPort: number;
  readonly startsIn: Readonly<Record<'server' | 'agent', LatencyKind>>;
  /** Packaged components of the lab's Kubernetes, each with its name for `disable`. */
  readonly components: Readonly<Record<string, string>>;
  /** The flag that says what makes pods reach each other; with `none` nodes wait for somebody to bring it. */
  readonly podNetwork: {
    readonly flag: string;
    readonly fallback: string;
    readonly values: readonly string[];
  };
  /** Even a lone server keeps its state in etcd. */
  readonly alwaysEtcd: boolean;
  readonly alwaysEncryptsSecrets: boolean;
  /** Its control plane runs from images: without them not even a server comes up. */
  readonly runsFromImages: boolean;
}

/** One start of the program. */
export interface RancherProgram {
  readonly distribution: RancherDistribution;
  readonly configuration: RancherConfiguration;
  readonly version: string;
}
