/** `bootkube.sh` of the bootstrap machine: a control plane for as long as the masters have none. */
import { putFile, readText } from '../disk/root-files.js';
import { failWith, type GuestCommand } from '../shell/guest-command.js';
import {
  API_PORT,
  FIRST_CERTIFICATES_MS,
  INSTALLATION_FILE,
  MACHINE_CONFIG_PORT,
  type Installation,
} from './installation.js';
import { machineConfigServer } from './machine-config-server.js';

const DONE = '/opt/openshift/.bootkube.done';
const LOOK_MS = 5_000;

export const simulatedBootkube: GuestCommand = {
  name: 'simulated-bootkube',
  run: async (_args, { system, service, signal }) => {
    const log = (line: string): void => service?.log(line);
    const text = readText(system.disk, INSTALLATION_FILE);
    if (text === undefined) return failWith(1, `open ${INSTALLATION_FILE}: no such file or directory`);
    const installation = JSON.parse(text) as Installation;
    if (Date.now() > installation.madeAt + FIRST_CERTIFICATES_MS) {
      const end = new Date(installation.madeAt + FIRST_CERTIFICATES_MS).toISOString();
      return failWith(
        1,
        `Error: x509: certificate has expired or is not yet valid: it was valid until ${end}`,
      );
    }
    await system.latency.wait('guest.okd-bootkube', system.machine.name, signal);
    const cluster = await system.okd.begin(installation, system.machine.diskId);
    const isDown = cluster.bootstrapUp();
    const closeApi = system.listen(API_PORT, cluster.plane.serve(cluster.apiNames()));
    system.listen(MACHINE_CONFIG_PORT, machineConfigServer(cluster, ['master']));
    system.power.addEventListener('abort', isDown, { once: true });
    try {
      while (!cluster.isComplete()) {
        const { masters } = installation.config;
        const there = Object.keys(cluster.record.members).length;
        log(`Waiting for masters: ${there} of ${masters} run etcd`);
        await system.pause(LOOK_MS, signal);
      }
      cluster.bootstrapped();
      log('Tearing down temporary bootstrap control plane...');
    } finally {
      closeApi();
      isDown();
    }
    putFile(system.disk, DONE, '');
    log('bootkube.service complete');
    return { code: 0 };
  },
};
