/** `apt-mark`: packages that stay as they are. */
import { holdPackage, installedPackages } from '../disk/packages.js';
import { failWith, succeed, UsageError, type GuestCommand } from '../shell/guest-command.js';

export const aptMark: GuestCommand = {
  name: 'apt-mark',
  usageCode: 100,
  run: ([verb, ...names], { system: { disk }, account }) => {
    const all = installedPackages(disk);
    if (verb === 'showhold')
      return succeed(
        all
          .filter(({ status }) => status === 'hold')
          .map(({ name }) => `${name}\n`)
          .join(''),
      );
    if (verb !== 'hold' && verb !== 'unhold') throw new UsageError(`Invalid operation ${verb ?? ''}`);
    if (account.uid !== 0)
      return failWith(100, 'E: Could not create temporary file for apt-mark - Permission denied');
    const unknown = names.find((name) => all.every((each) => each.name !== name));
    if (unknown !== undefined) return failWith(100, `E: Unable to locate package ${unknown}`);
    for (const name of names) holdPackage(disk, name, verb === 'hold');
    const said = verb === 'hold' ? 'set on hold' : 'canceled hold on';
    return succeed(names.map((name) => `${name} ${said}.\n`).join(''));
  },
};
