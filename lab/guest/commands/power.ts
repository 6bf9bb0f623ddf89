/** `reboot`, `poweroff`, `halt`, `shutdown`. */
import {
  failWith,
  succeed,
  UsageError,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions } from '../shell/options.js';

function goDown(call: CommandCall, again: boolean): Outcome {
  if (call.account.uid !== 0)
    return failWith(1, 'Call to Reboot failed: Interactive authentication required.');
  call.system.goDown(again);
  return succeed();
}

export const reboot: GuestCommand = command('reboot', true);
export const poweroff: GuestCommand = command('poweroff', false);
export const halt: GuestCommand = command('halt', false);

export const shutdown: GuestCommand = {
  name: 'shutdown',
  run: (args, call) => {
    const options = parseOptions(args, {
      declared: [flag('h'), flag('P', 'poweroff'), flag('r', 'reboot'), flag('H', 'halt')],
    });
    const [when = '+1'] = options.operands;
    if (when !== 'now' && when !== '+0')
      throw new UsageError(`only "now" can be scheduled here, not "${when}"`);
    return goDown(call, options.has('r'));
  },
};

function command(name: string, again: boolean): GuestCommand {
  return {
    name,
    run: (args, call) => {
      parseOptions(args, { declared: [flag('f', 'force')] });
      return goDown(call, again);
    },
  };
}
