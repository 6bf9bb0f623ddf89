/** Machines of the lab that become a cluster by the very steps that VANILLA gives out. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { CommandOptions } from '../../../../activities/ssh/command.js';
import { runStep } from '../../../../activities/ssh/guest-step.js';
import type { ClusterDefinition, MachineRole } from '../../../../domain/cluster-definition.js';
import type { GuestStep } from '../../../../domain/guest-step.js';
import { createLabKubernetes } from '../../../../lab/kubernetes/lab-kubernetes.js';
import { createAuthority } from '../../../../lab/kubernetes/pki/certificates.js';
import { publicKeyHash } from '../../../../lab/guest/kubeadm/cluster.js';
import type { PlatformCluster, PlatformMachine } from '../../../../platforms/platform.js';
import type { ServiceSettings } from '../../../../platforms/platform-input.js';
import { vanilla } from '../../../../platforms/vanilla/vanilla.js';
import { aDefinition } from '../../../builders/definition.js';
import { SETTINGS } from '../../../builders/plan.js';
import { aMachine, TestLab, type Login } from '../lab.js';

export const VERSION = 'v1.32.4';

export interface VanillaLabOptions {
  /** Taken instead of Flannel. */
  readonly calicoManifest?: NonNullable<ServiceSettings['calicoManifest']>;
  readonly version?: string;
}

export class VanillaLab {
  readonly lab: TestLab;
  readonly secrets: Map<string, string>;
  private readonly logins = new Map<string, Login>();
  private readonly definition: ClusterDefinition;
  private readonly settings: ServiceSettings;
  private readonly roles: MachineRole[] = [];

  private constructor(
    lab: TestLab,
    secrets: Map<string, string>,
    { version = VERSION, calicoManifest }: VanillaLabOptions,
  ) {
    this.lab = lab;
    this.secrets = secrets;
    const cni = calicoManifest === undefined ? 'FLANNEL' : 'CALICO';
    this.settings = { ...SETTINGS, ...(calicoManifest === undefined ? {} : { calicoManifest }) };
    this.definition = aDefinition({
      type: 'VANILLA',
      version,
      platformConfig: { cni, imageRepository: 'registry.k8s.io', registries: null },
    });
  }

  static async start(options: VanillaLabOptions = {}): Promise<VanillaLab> {
    const lab = new TestLab({ kubernetes: createLabKubernetes });
    return new VanillaLab(lab, await madeSecrets(), options);
  }

  close(): Promise<void> {
    return this.lab.close();
  }

  /** The first control-plane machine is number 1. */
  async boot(...roles: MachineRole[]): Promise<void> {
    for (const role of roles) {
      this.roles.push(role);
      const number = this.roles.length;
      this.lab.guests.powerOn(aMachine(number));
      const login = await this.lab.login(`10.1.107.10${number}`);
      await login.run('cloud-init status --wait');
      this.logins.set(`edge-${number}`, login);
    }
  }

  machine(number: number): PlatformMachine {
    const role = this.roles[number - 1] ?? 'WORKER';
    return {
      name: `edge-${number}`,
      role,
      address: `10.1.107.10${number}`,
      labels: { zone: 'a' },
      taints: [],
    };
  }

  cluster(): PlatformCluster {
    const nodes = this.roles.map((_, index) => this.machine(index + 1));
    const controlPlane = nodes.filter(({ role }) => role === 'CONTROL_PLANE');
    const endpoint = { address: '10.1.107.101', isBalanced: false, names: ['api.edge.lab.internal'] };
    return { definition: this.definition, controlPlane, nodes, endpoint, settings: this.settings };
  }

  login(number: number): Login {
    const login = this.logins.get(`edge-${number}`);
    if (login === undefined) throw new Error(`machine ${number} was not booted`);
    return login;
  }

  /** As after a restart of the machine. */
  async relogin(number: number): Promise<Login> {
    const login = await this.lab.login(`10.1.107.10${number}`);
    this.logins.set(`edge-${number}`, login);
    return login;
  }

  prepareSteps(number: number): readonly GuestStep[] {
    return vanilla.prepare(this.machine(number), this.cluster());
  }

  joinSteps(number: number): readonly GuestStep[] {
    return vanilla.join(this.machine(number), this.cluster());
  }

  upgradeSteps(number: number, version: string): readonly GuestStep[] {
    const cluster = this.cluster();
    const definition = { ...cluster.definition, version };
    return vanilla.upgradeSteps(this.machine(number), { ...cluster, definition });
  }

  async upgrade(number: number, version: string): Promise<void> {
    for (const step of this.upgradeSteps(number, version)) await this.run(number, step);
  }

  /** As if this machine were the first one of a cluster whose API is where the real one is. */
  formStepOf(number: number): GuestStep {
    const machine = this.machine(number);
    const [step] = vanilla.join(machine, { ...this.cluster(), controlPlane: [machine] });
    if (step === undefined) throw new Error('there is no such step');
    return step;
  }

  async prepare(number: number): Promise<void> {
    for (const step of this.prepareSteps(number)) await this.run(number, step);
  }

  async join(number: number): Promise<void> {
    for (const step of this.joinSteps(number)) await this.run(number, step);
  }

  async up(number: number): Promise<void> {
    await this.prepare(number);
    await this.join(number);
  }

  /** @returns whether anything was done. */
  async run(number: number, step: GuestStep): Promise<boolean> {
    const login = this.login(step.on === undefined ? number : Number(step.on.replace('edge-', '')));
    const connection = {
      run: async (command: string, { stdin = '' }: CommandOptions) => {
        const result = await login.run(command, stdin);
        if (result.code === null) throw new Error('the link broke');
        return { ...result, code: result.code, isTruncated: false };
      },
      dispose: () => undefined,
    };
    const { signal } = new AbortController();
    const limited = { ...step, timeoutSeconds: Math.min(step.timeoutSeconds, 30) };
    const context = { connection, secrets: this.secrets, signal, verifyPauseMs: 50 };
    return (await runStep(limited, context)).changed;
  }

  /** As the administrator, on the first machine. */
  kubectl(words: string) {
    return this.login(1).run(`sudo kubectl --kubeconfig /etc/kubernetes/admin.conf ${words}`);
  }
}

async function madeSecrets(): Promise<Map<string, string>> {
  const secrets = new Map<string, string>();
  for (const name of ['ca', 'front-proxy-ca', 'etcd-ca']) {
    const { certificate, privateKey } = await createAuthority(name);
    secrets.set(`${name}.crt`, certificate).set(`${name}.key`, privateKey);
    secrets.set(`${name}.sha256`, publicKeyHash(certificate).replace('sha256:', ''));
  }
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  secrets.set('sa.key', privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  secrets.set('sa.pub', publicKey.export({ type: 'spki', format: 'pem' }) as string);
  secrets.set('bootstrap-token', 'abcdef.0123456789abcdef');
  secrets.set('certificate-key', randomBytes(32).toString('hex'));
  secrets.set('encryption-key', randomBytes(32).toString('base64'));
  return secrets;
}
