/** The Ignition document of one machine of OKD. */
import { fail } from '../../domain/errors.js';
import { coreOsIgnition } from '../../domain/boot/coreos-ignition.js';
import type { KeyfileInterface } from '../../domain/boot/network-keyfile.js';
import { ignitionFileOf, OLDEST_BOOTED_SECONDS } from '../../platforms/okd/install-files.js';
import { ignitionFaults } from '../../schema/ignition.js';
import type { SecretVault } from '../../store/store.js';
import type { BootRequest } from '../boot/driver.js';
import { machineNetwork } from '../cloud-init/machine-network.js';
import { certificateBudget, isOlder, requireInstallFiles } from './install-secret.js';

/**
 * Of the install programme's document for its role, and what is the machine's own: name, addresses, keys.
 * @throws `IGNITION_NOT_READY`, `BOOT_DOCUMENT_INVALID`, `SECRET_UNREADABLE`; `CERTIFICATES_EXPIRED_BEFORE_BOOTSTRAP` when
 *   a bootstrap that begins now could not be over in time.
 */
export async function okdIgnition(
  vault: Pick<SecretVault, 'get'>,
  { identity, machine, login }: BootRequest,
  now = new Date(),
): Promise<string> {
  const files = await requireInstallFiles(vault, identity.clusterUid);
  // The others go on being made long after: what they fetch comes from the cluster itself.
  if (machine.role === 'BOOTSTRAP' && isOlder(files, OLDEST_BOOTED_SECONDS, now)) {
    const { endsAt } = certificateBudget(files);
    throw fail(
      'CERTIFICATES_EXPIRED_BEFORE_BOOTSTRAP',
      `the first certificates were made at ${files.madeAt} and end at ${endsAt}: too soon for ${machine.name} to boot`,
    );
  }
  const config = coreOsIgnition({
    hostname: identity.name,
    sshAuthorizedKeys: login.sshAuthorizedKeys,
    interfaces: interfacesOf({ identity, machine }),
    base: files.documents[ignitionFileOf(machine.role)],
  });
  const faults = ignitionFaults(config);
  if (faults.length === 0) return config;
  throw fail('BOOT_DOCUMENT_INVALID', `the Ignition document of ${machine.name}: ${faults.join('; ')}`);
}

function interfacesOf({ identity, machine }: Pick<BootRequest, 'identity' | 'machine'>): KeyfileInterface[] {
  const network = machineNetwork(identity, machine, machine.network.address);
  const { nameservers, domain } = network;
  return [
    { ...network, name: 'cluster', nameservers, searchDomain: domain },
    ...(network.interfaces ?? []).map((one) => ({ ...one, nameservers: [], searchDomain: null })),
  ];
}
