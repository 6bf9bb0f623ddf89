/** Main programs of services that are there only in that they run. */
import { once } from 'node:events';
import { failWith, type GuestCommand } from '../shell/guest-command.js';

/** A daemon of a package: it is up until it is stopped, and does nothing. */
export const simulatedDaemon: GuestCommand = {
  name: 'simulated-daemon',
  run: async ([program = 'daemon'], { service, signal }) => {
    service?.log(`${program} is up`);
    service?.ready();
    if (!signal.aborted) await once(signal, 'abort');
    return { code: 0 };
  },
};

/** sshd(8): port 22 is open for as long as it runs. */
export const simulatedSshd: GuestCommand = {
  name: 'simulated-sshd',
  run: async (_args, { service, signal, system, account }) => {
    if (account.uid !== 0 || !system.serveSsh(signal))
      return failWith(1, 'sshd: no hostkeys available -- exiting.');
    service?.log('Server listening on 0.0.0.0 port 22.');
    service?.ready();
    if (!signal.aborted) await once(signal, 'abort');
    return { code: 0 };
  },
};
