/** `cloud-init status` and `cloud-init clean`. */
import { once } from 'node:events';
import { listNames, removeAll } from '../disk/root-files.js';
import {
  failWith,
  succeed,
  UsageError,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import { flag, parseOptions, valued } from '../shell/options.js';

const USAGE_CODE = 2;

export const cloudInit: GuestCommand = {
  name: 'cloud-init',
  usageCode: USAGE_CODE,
  run: (args, call) => {
    const [verb, ...rest] = args;
    if (verb === 'status') return status(rest, call);
    if (verb === 'clean') return clean(rest, call);
    if (verb === '--version') return succeed('/usr/bin/cloud-init 24.2-0ubuntu1~24.04.2\n');
    throw new UsageError(`error: argument subcommand: invalid choice: '${verb ?? ''}'`);
  },
};

async function status(
  args: readonly string[],
  { system: { cloudInit: report }, signal }: CommandCall,
): Promise<Outcome> {
  const options = parseOptions(args, { declared: [flag('w', 'wait'), flag('l', 'long'), valued('format')] });
  const format = options.value('format') ?? 'tabular';
  if (!['json', 'tabular', 'yaml'].includes(format))
    throw new UsageError(`argument --format: invalid choice: '${format}'`);
  if (options.has('wait') && !signal.aborted) await Promise.race([report.whenOver, once(signal, 'abort')]);
  const facts = report.json();
  const code = report.exitCode();
  if (format === 'json') return { code, stdout: `${JSON.stringify(facts, null, 2)}\n` };
  // Lines that JSON strings make are YAML as well.
  const entry = (key: string): string =>
    `${key}: ${format === 'yaml' ? JSON.stringify(facts[key]) : String(facts[key])}\n`;
  let stdout = entry('status');
  if (options.has('long') || format === 'yaml') {
    stdout += ['extended_status', 'boot_status_code', 'last_update', 'detail'].map(entry).join('');
    stdout += list('errors', report.errors());
    stdout +=
      report.warnings().length === 0
        ? 'recoverable_errors: {}\n'
        : `recoverable_errors:\n${list('WARNING', report.warnings())}`;
  }
  return { code, stdout };
}

function list(title: string, items: readonly string[]): string {
  return items.length === 0
    ? `${title}: []\n`
    : `${title}:\n${items.map((item) => `\t- ${item}\n`).join('')}`;
}

function clean(args: readonly string[], call: CommandCall): Outcome {
  const options = parseOptions(args, {
    declared: [flag('l', 'logs'), flag('r', 'reboot'), flag('s', 'seed'), flag('machine-id')],
  });
  const { disk } = call.system;
  if (call.account.uid !== 0)
    return failWith(1, 'Error:\nCould not remove /var/lib/cloud/instance: Permission denied');
  for (const name of listNames(disk, '/var/lib/cloud')) removeAll(disk, `/var/lib/cloud/${name}`);
  if (options.has('logs')) removeAll(disk, '/var/log/cloud-init-output.log');
  if (options.has('reboot')) call.system.goDown(true);
  return succeed();
}
