/**
 * The control plane of a cluster on hosts of the deep lab. kubeadm prepares them by what our steps give it, and its
 * components run by the manifests that it writes; only the kubelet that would start them is not there.
 */
import { dirname } from 'node:path';
import { parse } from 'yaml';
import { type ClusterSecrets, resolveFile } from '../../activities/ssh/guest-secrets.js';
import type { PlatformCluster, PlatformMachine } from '../../platforms/platform.js';
import { KUBEADM_CONFIGURATION } from '../../platforms/vanilla/paths.js';
import { vanilla } from '../../platforms/vanilla/vanilla.js';
import { goProgram, KUBERNETES } from './go-program.js';
import type { Host } from './host.js';

export type Component = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';

const MANIFESTS = '/etc/kubernetes/manifests';

export class ControlPlaneMachine {
  private readonly host: Host;

  private constructor(host: Host) {
    this.host = host;
  }

  /** With the program, and the files of the step by which the machine forms or joins the cluster. */
  static async prepare(
    host: Host,
    {
      machine,
      cluster,
      secrets,
    }: { machine: PlatformMachine; cluster: PlatformCluster; secrets: ClusterSecrets },
  ): Promise<ControlPlaneMachine> {
    await host.show(await goProgram(KUBERNETES), '/usr/local/bin/kubernetes');
    for (const file of vanilla.join(machine, cluster).flatMap((step) => step.files)) {
      const { path, mode, content } = resolveFile(file, secrets);
      await host.sh(`mkdir -p '${dirname(path)}'; cat > '${path}'; chmod ${mode} '${path}'`, content);
    }
    return new ControlPlaneMachine(host);
  }

  /** @param words such as `init phase certs all`. */
  async kubeadm(words: string): Promise<void> {
    await this.host.sh(`kubernetes kubeadm ${words} --config ${KUBEADM_CONFIGURATION}`);
  }

  /** Starts a component as its manifest says. */
  async start(component: Component, change: (command: string[]) => string[] = (same) => same): Promise<void> {
    const manifest = await this.host.sh(`cat ${MANIFESTS}/${component}.yaml`);
    const { spec } = parse(manifest) as { spec: { containers: { command: string[] }[] } };
    this.run(...change(spec.containers[0]?.command ?? []));
  }

  /** Starts one of the programs of the Kubernetes module. What it says is kept where nobody has to read it on. */
  run(...command: readonly string[]): void {
    const log = `exec kubernetes "$@" >> /var/log/${command[0]}.log 2>&1`;
    this.host.spawn('sh', '-c', log, 'sh', ...command);
  }

  /** The administrator's, as it lies on the machine; or that of whom no rule of the cluster can stop. */
  kubeconfig(kind: 'admin' | 'super-admin' = 'admin'): Promise<string> {
    return this.host.sh(`cat ${vanilla.kubeconfigPath.replace('admin', kind)}`);
  }
}
