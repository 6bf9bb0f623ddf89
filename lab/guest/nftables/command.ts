/** `nft`: loads and lists the rules that the kernel holds until the machine goes down. */
import { readText } from '../disk/root-files.js';
import {
  failWith,
  succeed,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions, valued } from '../shell/options.js';
import { applyStatements, printTables, RulesetError, type Tables } from './ruleset.js';

const OPTIONS = [
  ...[
    flag('c', 'check'),
    flag('a', 'handle'),
    flag('n', 'numeric'),
    flag('s', 'stateless'),
    flag('v', 'version'),
  ],
  valued('f', 'file'),
];

export const nft: GuestCommand = {
  name: 'nft',
  run: (args, call) => {
    const options = parseOptions(args, { declared: OPTIONS });
    if (options.has('version')) return succeed('nftables v1.0.9 (Old Doc Yak #3)\n');
    if (call.account.uid !== 0)
      return failWith(
        1,
        'Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed',
      );
    const file = options.value('file');
    if (file !== undefined) return load(call, file, options.has('check'));
    const [verb, what, ...names] = options.operands;
    if (verb === 'list') return list(call.system.nftables, what ?? '', names);
    return change(call, options.operands.join(' '), 'Error', options.has('check'));
  },
};

function load(call: CommandCall, file: string, isCheck: boolean): Outcome {
  const isInput = file === '-';
  const text = isInput ? Buffer.from(call.stdin).toString() : readText(call.system.disk, call.path(file));
  if (text === undefined)
    return failWith(1, `Error: Could not open file "${file}": No such file or directory`);
  return change(call, text, isInput ? 'Error' : `${file}: Error`, isCheck);
}

function change({ system }: CommandCall, text: string, where: string, isCheck: boolean): Outcome {
  let after: Tables;
  try {
    after = applyStatements(system.nftables, text);
  } catch (error) {
    if (error instanceof RulesetError) return failWith(1, `${where}: ${error.message}`);
    throw error;
  }
  if (!isCheck) system.nftables = after;
  return succeed();
}

function list(tables: Tables, what: string, names: readonly string[]): Outcome {
  if (what === 'ruleset') return succeed(printTables(tables));
  if (what === 'tables') return succeed([...tables.keys()].map((name) => `table ${name}\n`).join(''));
  const name = names.length === 1 ? `ip ${names[0]}` : names.join(' ');
  if (what !== 'table' || !tables.has(name)) {
    return failWith(1, 'Error: No such file or directory');
  }
  return succeed(printTables(tables, name));
}
