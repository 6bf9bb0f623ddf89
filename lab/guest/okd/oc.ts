/** `oc`, as far as somebody looks which version it is. */
import { failWith, succeed, type GuestCommand } from '../shell/guest-command.js';

export const simulatedOc: GuestCommand = {
  name: 'simulated-oc',
  run: ([version = '', , ...args]) =>
    args.join(' ') === 'version --client'
      ? succeed(`Client Version: ${version}\nKustomize Version: v5.4.2\n`)
      : failWith(1, `error: unknown command "${args.join(' ')}"`),
};
