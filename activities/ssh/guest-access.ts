/** Logging in to the machines of a cluster: the key comes from the vault, the pinned host key from the ledger. */
import { fail } from '../../domain/errors.js';
import type { Store } from '../../store/store.js';
import { withConnection, type SshConnection } from './connection.js';

export interface GuestTarget {
  readonly clusterUid: string;
  readonly machineUuid: string;
  readonly address: string;
  readonly user: string;
}

export interface GuestAccessOptions {
  readonly store: Store;
  /** `socks5://host:port`, or `null` to connect directly. */
  readonly proxyUrl: string | null;
  /** 22 unless given. */
  readonly port?: number;
  /** Name of the private key in the vault, where it is not the one that counts. */
  readonly keyName?: string;
}

/**
 * Lets `use` work with a connection to the machine. The host key that the machine shows at its first login is pinned.
 * @throws what {@link withConnection} throws; `SECRET_UNREADABLE` when the cluster has no key,
 *   `IDENTITY_MISMATCH` when the ledger does not know the machine.
 */
export async function withGuest<T>(
  { store, proxyUrl, port, keyName = 'ssh-private-key' }: GuestAccessOptions,
  target: GuestTarget,
  signal: AbortSignal,
  use: (connection: SshConnection) => Promise<T>,
): Promise<T> {
  const { machineUuid, address, user } = target;
  const privateKey = await store.secrets.get(target.clusterUid, keyName);
  if (privateKey === undefined) {
    throw fail('SECRET_UNREADABLE', `cluster ${target.clusterUid} has no SSH key`);
  }
  const hostKey = {
    expected: await pinnedKey(store, machineUuid),
    learnt: async (sha256: string): Promise<void> => {
      // Two may log in for the first time at once: the key that was pinned first stays.
      const pinned = await pinnedKey(store, machineUuid);
      if (pinned === null) await store.machines.update(machineUuid, { sshHostKey: sha256 });
      else if (pinned !== sha256) {
        throw fail(
          'SSH_HOST_KEY_CHANGED',
          `${address} shows the host key SHA256:${sha256}, and SHA256:${pinned} is pinned`,
        );
      }
    },
  };
  return withConnection(
    {
      address,
      user,
      privateKey,
      hostKey,
      signal,
      ...(port === undefined ? {} : { port }),
      ...(proxyUrl === null ? {} : { proxyUrl }),
    },
    use,
  );
}

async function pinnedKey(store: Store, machineUuid: string): Promise<string | null> {
  const machine = await store.machines.get(machineUuid);
  if (machine === undefined) {
    throw fail('IDENTITY_MISMATCH', `the ledger has no machine with the UUID ${machineUuid}`);
  }
  return machine.sshHostKey;
}
