/** sshd(8) of one machine: public keys only, commands and shells. */
import ssh2, { type Connection } from 'ssh2';
import type { Faults } from '../../faults.js';
import type { ConnectionHandler } from '../../network/lab-network.js';
import { findAccount, type Account } from '../disk/accounts.js';
import type { GuestSystem } from '../system.js';
import { authorizedKeys, isAuthorized } from './authorized-keys.js';
import { serveSession, type SessionContext } from './session.js';

export interface SshServerOptions {
  readonly system: GuestSystem;
  readonly faults: Faults;
  /** OpenSSH or PEM text. */
  readonly hostKey: string;
}

const SOFTWARE = 'OpenSSH_9.6p1 Ubuntu-3ubuntu13.5';
const LOGIN_GRACE_MS = 120_000;
const MOST_ATTEMPTS = 6;

/** @returns what takes a connection to port 22. */
export function sshServer({ system, faults, hostKey }: SshServerOptions): ConnectionHandler {
  return (socket) => {
    const drop = (): void => {
      socket.destroy();
    };
    const server = new ssh2.Server({ hostKeys: [hostKey], ident: SOFTWARE }, (client) =>
      welcome(client, { system, faults, drop }),
    );
    server.injectSocket(socket);
  };
}

function welcome(client: Connection, surroundings: Omit<SessionContext, 'account'>): void {
  const { system, faults, drop } = surroundings;
  const grace = setTimeout(() => client.end(), LOGIN_GRACE_MS);
  let account: Account | undefined;
  let attempts = 0;
  // A client that breaks off or talks nonsense is none of the machine's business.
  client.on('error', () => client.end());
  client.on('close', () => clearTimeout(grace));
  client.on('authentication', (context) => {
    if (context.method === 'none') return context.reject(['publickey']);
    attempts += 1;
    if (attempts > MOST_ATTEMPTS) return client.end();
    const candidate = findAccount(system.disk, context.username);
    const mayLogIn = candidate !== undefined && !/\/(nologin|false)$/.test(candidate.shell);
    if (!mayLogIn || context.method !== 'publickey') return context.reject(['publickey']);
    if (!isAuthorized(authorizedKeys(system.disk, candidate), context)) return context.reject(['publickey']);
    // A client asks first whether a key would do, without a signature.
    if (context.signature === undefined) return context.accept();
    account = candidate;
    void faults.at('ssh', 'before', `${system.machine.name}: login ${candidate.name}`).then((effect) => {
      if (effect === undefined) context.accept();
      else drop();
    });
  });
  client.on('ready', () => {
    clearTimeout(grace);
    system.journal.write('ssh.service', 'sshd', `Accepted publickey for ${account?.name}`);
  });
  client.on('session', (accept, reject) => {
    if (account === undefined) return reject();
    serveSession(accept(), { ...surroundings, account });
  });
}
