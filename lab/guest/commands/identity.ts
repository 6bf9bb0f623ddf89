/** `id`, `whoami`: who one is. */
import { findAccount, groupName, type Account } from '../disk/accounts.js';
import type { DiskTree } from '../disk/disk-tree.js';
import { failWith, succeed, type GuestCommand } from '../shell/guest-command.js';
import { flag, parseOptions } from '../shell/options.js';

const OPTIONS = [flag('u', 'user'), flag('g', 'group'), flag('G', 'groups'), flag('n', 'name')];

export const id: GuestCommand = {
  name: 'id',
  run: (args, { account: caller, system: { disk } }) => {
    const options = parseOptions(args, { declared: OPTIONS });
    const [name] = options.operands;
    const account = name === undefined ? caller : findAccount(disk, name);
    if (account === undefined) return failWith(1, `id: '${name}': no such user`);
    const groups = [account.gid, ...account.groups.filter((gid) => gid !== account.gid)];
    const byName = options.has('n');
    const group = (gid: number): string => (byName ? nameOf(disk, gid) : String(gid));
    if (options.has('u')) return succeed(`${byName ? account.name : account.uid}\n`);
    if (options.has('g')) return succeed(`${group(account.gid)}\n`);
    if (options.has('G')) return succeed(`${groups.map(group).join(' ')}\n`);
    if (byName) return failWith(1, 'id: cannot print only names or real IDs in default format');
    return succeed(`${inFull(disk, account, groups)}\n`);
  },
};

export const whoami: GuestCommand = {
  name: 'whoami',
  run: (args, { account }) => {
    parseOptions(args, { declared: [] });
    return succeed(`${account.name}\n`);
  },
};

function inFull(disk: DiskTree, account: Account, groups: readonly number[]): string {
  const named = (gid: number): string => `${gid}(${nameOf(disk, gid)})`;
  return `uid=${account.uid}(${account.name}) gid=${named(account.gid)} groups=${groups.map(named).join(',')}`;
}

function nameOf(disk: DiskTree, gid: number): string {
  return groupName(disk, gid) ?? String(gid);
}
