/** `journalctl` over the journal of this boot. */
import { failWith, succeed, type GuestCommand } from '../shell/guest-command.js';
import { flag, parseOptions, valued } from '../shell/options.js';
import { groupId } from '../disk/accounts.js';
import { formatEntry } from '../systemd/journal.js';
import { unitName } from '../systemd/unit-file.js';
import { hostnameOf } from './host.js';

const OPTIONS = [
  ...[
    valued('u', 'unit'),
    valued('n', 'lines'),
    valued('o', 'output'),
    valued('S', 'since'),
    valued('p', 'priority'),
  ],
  ...[
    flag('no-pager'),
    flag('x'),
    flag('e', 'pager-end'),
    flag('r', 'reverse'),
    flag('q', 'quiet'),
    flag('b', 'boot'),
  ],
];

/** Groups whose members may read all of it. */
const READERS = ['adm', 'systemd-journal'];
const LINES_AT_END = 1_000;

export const journalctl: GuestCommand = {
  name: 'journalctl',
  run: (args, call) => {
    const options = parseOptions(args, { declared: OPTIONS });
    const { account, system } = call;
    const isReader = READERS.some((group) => account.groups.includes(groupId(system.disk, group) ?? -1));
    if (account.uid !== 0 && !isReader) {
      return failWith(1, 'No journal files were opened due to insufficient permissions.');
    }
    const units = options.values('u').map((name) => system.services.unit(name)?.name ?? unitName(name));
    const count = Number(options.value('n') ?? (options.has('e') ? LINES_AT_END : Infinity));
    if (Number.isNaN(count)) return failWith(1, `Failed to parse lines '${options.value('n')}'`);
    const all = system.journal
      .entries()
      .filter(({ unit }) => units.length === 0 || units.includes(unit ?? ''));
    const chosen = count === Infinity ? [...all] : all.slice(Math.max(0, all.length - count));
    if (options.has('r')) chosen.reverse();
    if (chosen.length === 0) return succeed('-- No entries --\n');
    const isPlain = options.value('o') === 'cat';
    return succeed(
      chosen.map((entry) => `${isPlain ? entry.message : formatEntry(entry, hostnameOf(call))}\n`).join(''),
    );
  },
};
