/** `keepalived`: checks its configuration, or keeps addresses alive for as long as it runs. */
import { once } from 'node:events';
import { findAccount } from '../disk/accounts.js';
import { isThere, readText } from '../disk/root-files.js';
import { failWith, type CommandCall, type GuestCommand, type Outcome } from '../shell/guest-command.js';
import { flag, parseOptions, valued } from '../shell/options.js';
import { KeepalivedDaemon } from './daemon.js';
import { parseKeepalived, type ParsedKeepalived } from './parse.js';

const OPTIONS = [
  ...[flag('n', 'dont-fork'), flag('l', 'log-console'), flag('D', 'log-detail'), flag('P', 'vrrp')],
  ...[flag('v', 'version'), valued('f', 'use-file'), valued('p', 'pid'), valued('S', 'log-facility')],
];
const DEFAULT_FILE = '/etc/keepalived/keepalived.conf';
const VERSION = 'Keepalived v2.2.8 (04/04,2023), git commit v2.2.7-154-g292b299e+\n';

/** Its exit codes. */
const FAILED = 1;
const BAD_CONFIGURATION = 5;
const INSECURE_SCRIPTS = 6;

export const keepalived: GuestCommand = {
  name: 'keepalived',
  run: async (args, call) => {
    // `-t`, `--config-test` and `--config-test=FILE`: the file it writes to is optional.
    const isTest = args.some((word) => /^(?:-t|--config-test(?:=.*)?)$/.test(word));
    const options = parseOptions(
      args.filter((word) => !/^(?:-t|--config-test(?:=.*)?)$/.test(word)),
      { declared: OPTIONS },
    );
    if (options.has('v')) return { code: 0, stderr: VERSION };
    const file = options.value('f') ?? DEFAULT_FILE;
    const text = readText(call.system.disk, call.path(file));
    if (text === undefined) {
      call.service?.log(`Configuration file '${file}' is not a regular non-executable file`);
      return { code: isTest ? 0 : FAILED, stderr: `Config files missing '${file}'.\n` };
    }
    return isTest ? tested(parse(text, file, call)) : serve(file, call);
  },
};

function parse(text: string, file: string, { system }: CommandCall): ParsedKeepalived {
  return parseKeepalived(text, file, {
    interfaces: system.interfaces.list().map(({ name }) => name),
    hasUser: (name) => findAccount(system.disk, name) !== undefined,
    hasProgram: (path) => isThere(system.disk, path),
  });
}

function tested({ complaints, isInsecure, lacksInterface }: ParsedKeepalived): Outcome {
  const lines = [
    ...complaints,
    ...(isInsecure
      ? ['SECURITY VIOLATION - scripts are being executed but script_security not enabled.']
      : []),
    ...(lacksInterface ? ['Non-existent interface specified in configuration'] : []),
  ];
  if (lines.length === 0) return { code: 0 };
  return failWith(isInsecure ? INSECURE_SCRIPTS : BAD_CONFIGURATION, lines.join('\n'));
}

async function serve(file: string, call: CommandCall): Promise<Outcome> {
  const { system, signal, service, account } = call;
  if (account.uid !== 0) return failWith(FAILED, 'keepalived must be run by root');
  const log = (line: string): void => service?.log(line);
  const read = (): ParsedKeepalived => {
    const parsed = parse(readText(system.disk, call.path(file)) ?? '', file, call);
    for (const complaint of parsed.complaints) log(complaint);
    return parsed;
  };
  const first = read();
  if (first.lacksInterface) {
    log('Non-existent interface specified in configuration');
    return failWith(FAILED, 'Non-existent interface specified in configuration');
  }
  const shell = async (script: string, user: string): Promise<number> => {
    const as = findAccount(system.disk, user) ?? account;
    const { code } = await call.scriptAs(as, script, {}).catch(() => ({ code: FAILED }));
    return code;
  };
  const parts = { system, log, shell };
  let daemon = new KeepalivedDaemon({ ...parts, configuration: first.configuration });
  service?.onSignal((name) => {
    if (name !== 'HUP') return;
    log('Reloading ...');
    const former = daemon;
    daemon = new KeepalivedDaemon({ ...parts, configuration: read().configuration });
    void daemon.start(former).then(() => log('Reload complete'));
  });
  log('Startup complete');
  service?.ready();
  await daemon.start();
  if (!signal.aborted) await once(signal, 'abort');
  daemon.stop(system.power.aborted ? 'power-gone' : 'told');
  return { code: 0 };
}
