/** What a machine's cloud-init is told, made of its plan and of who may log in. */
import type { MachineIdentity } from '../../domain/machine.js';
import type { PlannedMachine } from '../../domain/plan.js';
import { machineNetwork } from '../cloud-init/machine-network.js';
import type { Seed } from '../cloud-init/documents.js';
import type { BootLogin } from './driver.js';

export function seedOf(request: {
  readonly identity: MachineIdentity;
  readonly machine: PlannedMachine;
  readonly address: string;
  readonly login: BootLogin;
  /** It comes from the boot service, which answers during the first boot only. */
  readonly isFetchedOnce: boolean;
}): Seed {
  const { identity, machine, address, login, isFetchedOnce } = request;
  const { domain } = machine.network;
  const { user, sshAuthorizedKeys, packages, runCmd, environment } = login;
  const hostname = identity.name;
  const fqdn = `${hostname}.${domain}`;
  return {
    userData:
      machine.system === 'TALOS'
        ? null
        : {
            ...{ hostname, fqdn, user, sshAuthorizedKeys, packages, runCmd, environment },
            isFetchedOnce,
          },
    metaData: { instanceId: identity.uuid, hostname },
    networkConfig: machineNetwork(identity, machine, address),
  };
}
