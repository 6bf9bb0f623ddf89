/** `openshift-install`, as far as machines that others make need it. */
import { randomUUID } from 'node:crypto';
import {
  failWith,
  succeed,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions, valued } from '../shell/options.js';
import { InstallError, parseInstallConfig, type InstallConfig } from './install-config.js';
import { bootstrapDocument, newInstallation, pointerDocument } from './installation.js';

const OPTIONS = [valued('dir'), valued('log-level'), flag('h', 'help')];
const CONFIG = 'install-config.yaml';
const STATE = '.openshift_install_state.json';
const SCHEDULER = 'manifests/cluster-scheduler-02-config.yml';
const FATAL = 3;

export const simulatedOpenshiftInstall: GuestCommand = {
  name: 'simulated-openshift-install',
  run: async ([version = '', program = '', ...args], call) => {
    const options = parseOptions(args, { declared: OPTIONS });
    const { operands } = options;
    const folder = call.path(options.value('dir') ?? '.');
    try {
      switch (operands.join(' ')) {
        case 'version':
          return succeed(
            `${program} ${version}\nbuilt from commit 0123456789abcdef\nrelease architecture amd64\n`,
          );
        case 'create manifests':
          return await createManifests(folder, call);
        case 'create ignition-configs':
          return await createIgnition(folder, version, call);
        default:
          return failWith(1, `Error: unknown command "${operands.join(' ')}" for "openshift-install"`);
      }
    } catch (error) {
      if (!(error instanceof InstallError)) throw error;
      return failWith(FATAL, `level=fatal msg=${JSON.stringify(`failed to fetch: ${error.message}`)}`);
    }
  },
};

async function createManifests(folder: string, { files }: CommandCall): Promise<Outcome> {
  const config = parseInstallConfig(await read(`${folder}/${CONFIG}`, files));
  // From here on the programme has it in its own state, and the file is gone.
  await files.rm(`${folder}/${CONFIG}`);
  await files.writeFile(`${folder}/${STATE}`, JSON.stringify(config));
  const schedulable = config.workers === 0;
  await files.mkdir(`${folder}/manifests`, { recursive: true });
  await files.mkdir(`${folder}/openshift`, { recursive: true });
  await files.writeFile(`${folder}/${SCHEDULER}`, schedulerManifest(schedulable));
  const warning = schedulable
    ? 'level=warning msg="Making control-plane schedulable by setting MastersSchedulable to true for Scheduler cluster settings"\n'
    : '';
  return { code: 0, stderr: `${warning}level=info msg="Manifests created in: ${folder}/manifests"\n` };
}

async function createIgnition(folder: string, version: string, { files }: CommandCall): Promise<Outcome> {
  const config = (await files.exists(`${folder}/${STATE}`))
    ? (JSON.parse(await read(`${folder}/${STATE}`, files)) as InstallConfig)
    : parseInstallConfig(await read(`${folder}/${CONFIG}`, files));
  const manifest = (await files.exists(`${folder}/${SCHEDULER}`))
    ? await read(`${folder}/${SCHEDULER}`, files)
    : schedulerManifest(config.workers === 0);
  const mastersSchedulable = /^ {2}mastersSchedulable: (true|false)$/m.exec(manifest)?.[1];
  if (mastersSchedulable === undefined) throw new InstallError(`error unmarshaling ${SCHEDULER}`);
  const { installation, kubeconfig } = await newInstallation({
    id: randomUUID(),
    version,
    config,
    mastersSchedulable: mastersSchedulable === 'true',
    madeAt: Date.now(),
  });
  await files.rm(`${folder}/manifests`, { recursive: true, force: true });
  await files.rm(`${folder}/openshift`, { recursive: true, force: true });
  await files.rm(`${folder}/${CONFIG}`, { force: true });
  await files.mkdir(`${folder}/auth`, { recursive: true });
  await files.writeFile(`${folder}/auth/kubeconfig`, kubeconfig);
  await files.writeFile(`${folder}/auth/kubeadmin-password`, randomUUID());
  await files.writeFile(
    `${folder}/metadata.json`,
    JSON.stringify({ clusterName: config.name, infraID: installation.id }),
  );
  await files.writeFile(`${folder}/bootstrap.ign`, bootstrapDocument(installation));
  await files.writeFile(`${folder}/master.ign`, pointerDocument(installation, 'master'));
  await files.writeFile(`${folder}/worker.ign`, pointerDocument(installation, 'worker'));
  return { code: 0, stderr: `level=info msg="Ignition-Configs created in: ${folder} and ${folder}/auth"\n` };
}

function schedulerManifest(schedulable: boolean): string {
  return `apiVersion: config.openshift.io/v1
kind: Scheduler
metadata:
  name: cluster
spec:
  mastersSchedulable: ${schedulable}
  policy:
    name: ""
`;
}

async function read(path: string, files: CommandCall['files']): Promise<string> {
  if (!(await files.exists(path))) throw new InstallError(`open ${path}: no such file or directory`);
  return files.readFile(path);
}
