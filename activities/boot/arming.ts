/** Configuration over the network: the boot service is armed for the machine before its first boot, and disarmed after it. */
import { takesIgnition } from '../../domain/boot/kernel-arguments.js';
import type { BootDocuments, NetworkBoot } from '../../domain/boot/documents.js';
import { ignitionConfig } from '../../domain/boot/ignition.js';
import { networkBootScript } from '../../domain/boot/network-boot-script.js';
import { fail } from '../../domain/errors.js';
import type { BootArming } from '../../store/boot-port.js';
import { noCloudDocuments } from '../cloud-init/documents.js';
import { shellExports } from '../cloud-init/user-data.js';
import { okdIgnition } from '../okd/machine-ignition.js';
import type { ProxmoxContext } from '../proxmox/dependencies.js';
import { ledgeredMachine } from '../proxmox/owned-vm.js';
import type { BootRequest } from './driver.js';
import { seedOf } from './seed.js';

/** @throws `BOOT_SERVICE_OFF`, `BOOT_DOCUMENT_INVALID`, `BOOT_CONFLICT`, and what {@link okdIgnition} throws. */
export async function arm(context: ProxmoxContext, request: BootRequest): Promise<void> {
  const origin = bootOrigin(context);
  // A machine that the ledger does not know, or that was removed, is not armed.
  await ledgeredMachine(context, request.identity);
  const { network, documents, tokens } = await context.boots.arm(await armingOf(context, request));
  // Found out here rather than by a firmware that nobody looks at.
  if (network !== null) networkBootScript(origin, { network, documents: documents.kind, tokens });
}

/** What stands in the way of the machine's getting what it is to get. */
export async function armingProblems(context: ProxmoxContext, request: BootRequest): Promise<string[]> {
  const wanted = await armingOf(context, request);
  const armed = await context.boots.get(wanted.machineUuid);
  if (armed === undefined) return ['the boot service is not armed for it'];
  const { mac, network, documents } = armed;
  return [
    ...(armed.isAlive ? [] : ['its one-time token was used, and its time is over: prepare the boot again']),
    ...(JSON.stringify([mac, network, documents]) ===
    JSON.stringify([wanted.mac, wanted.network, wanted.documents])
      ? []
      : ['the boot service is armed with something else than is wanted: prepare the boot again']),
  ];
}

/** @returns the address of the boot service. @throws `BOOT_SERVICE_OFF` */
export function bootOrigin({ bootUrl }: Pick<ProxmoxContext, 'bootUrl'>): string {
  if (bootUrl === null) throw fail('BOOT_SERVICE_OFF', 'BOOT_URL is not set');
  return bootUrl;
}

async function armingOf(context: ProxmoxContext, request: BootRequest): Promise<BootArming> {
  const { identity, machine } = request;
  return {
    machineUuid: identity.uuid,
    clusterUid: identity.clusterUid,
    cluster: identity.cluster,
    machine: identity.name,
    mac: identity.mac.toLowerCase(),
    network: networkBootOf(request),
    documents: machine.boot.delivery === 'MEDIUM' ? { kind: 'none' } : await documentsOf(context, request),
  };
}

function networkBootOf({ machine }: BootRequest): NetworkBoot | null {
  const { method, kernel, initrd, kernelArguments } = machine.boot;
  if (method !== 'PXE') return null;
  if (kernel === null) throw fail('BOOT_DOCUMENT_INVALID', `${machine.name} boots by PXE and has no kernel`);
  return { address: machine.network.address, kernel, initrd, kernelArguments };
}

async function documentsOf(context: ProxmoxContext, request: BootRequest): Promise<BootDocuments> {
  const { identity, machine, login } = request;
  if (machine.system === 'IGNITION') {
    return { kind: 'ignition', config: await okdIgnition(context.secrets, request) };
  }
  if (machine.boot.method === 'PXE' && takesIgnition(machine.boot.kernelArguments)) {
    const { user, sshAuthorizedKeys, packages, runCmd, environment } = login;
    const exports = shellExports(environment);
    const hostname = identity.name;
    return {
      kind: 'ignition',
      config: ignitionConfig({ hostname, user, sshAuthorizedKeys, packages, runCmd, exports }),
    };
  }
  const seed = seedOf({ identity, machine, address: machine.network.address, login, isFetchedOnce: true });
  return { kind: 'nocloud', ...noCloudDocuments(seed) };
}
