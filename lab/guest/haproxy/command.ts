/** `haproxy`: checks its configuration, or balances for as long as it runs. */
import { once } from 'node:events';
import { findAccount, groupId } from '../disk/accounts.js';
import { isThere, readText } from '../disk/root-files.js';
import {
  failWith,
  succeed,
  UsageError,
  type CommandCall,
  type GuestCommand,
  type Outcome,
} from '../shell/guest-command.js';
import type { HaproxyConfiguration } from './configuration.js';
import { parseHaproxy, type ParsedConfiguration } from './parse.js';
import { CannotBind, Worker } from './worker.js';

const VERSION = '2.8.5-1ubuntu3';
/** Of a program that is no service. */
const SHELL_PID = 1_000;
const FAILED = 1;

interface Invocation {
  readonly file: string;
  readonly isTest: boolean;
  readonly isQuiet: boolean;
  readonly wantsVersion: boolean;
}

export const haproxy: GuestCommand = {
  name: 'haproxy',
  run: (args, call) => {
    const { file, isTest, isQuiet, wantsVersion } = invocation(args);
    if (wantsVersion) return succeed(`HAProxy version ${VERSION} 2024/04/01 - https://haproxy.org/\n`);
    const parsed = parse(file, call);
    if (parsed.configuration === null) return refuse(call, parsed.text);
    if (!isTest) return serve(file, parsed.configuration, parsed.text, call);
    const warned = parsed.hasWarnings ? 'Warnings were found.\n' : '';
    const stdout = isQuiet ? '' : `${warned}Configuration file is valid\n`;
    return { code: 0, stdout, stderr: parsed.text };
  },
};

/** Its options are no common ones: `-Ws` is one word. */
function invocation(args: readonly string[]): Invocation {
  const words = [...args];
  const found = { file: '', isTest: false, isQuiet: false, wantsVersion: false };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-f') found.file = words.shift() ?? '';
    else if (word === '-c') found.isTest = true;
    else if (word === '-q') found.isQuiet = true;
    else if (word === '-v' || word === '-vv') found.wantsVersion = true;
    else if (['-p', '-S', '-n', '-N', '-m', '-C'].includes(word)) words.shift();
    else if (!['-W', '-Ws', '-D', '-db', '-V', '-dM'].includes(word))
      throw new UsageError(`unknown option ${word}`);
  }
  if (found.file === '' && !found.wantsVersion)
    throw new UsageError(
      'usage : haproxy [-f <cfgfile|cfgdir>]* [ -vdVD ] [ -n <maxconn> ] [ -p <pidfile> ]',
    );
  return found;
}

function parse(file: string, { system, service, path }: CommandCall): ParsedConfiguration {
  const { disk, network } = system;
  const text = readText(disk, path(file));
  const pid = service?.pid ?? SHELL_PID;
  if (text === undefined) {
    const reason = `config : Cannot open configuration file/directory ${file} : No such file or directory`;
    return { configuration: null, hasWarnings: false, text: `[ALERT]    (${pid}) : ${reason}\n` };
  }
  return parseHaproxy(text, file, pid, {
    hasUser: (name) => findAccount(disk, name) !== undefined,
    hasGroup: (name) => groupId(disk, name) !== undefined,
    hasFile: (name) => isThere(disk, name),
    isResolved: (host) => network.resolver.addressesOf(host).length > 0,
  });
}

async function serve(
  file: string,
  configuration: HaproxyConfiguration,
  warnings: string,
  call: CommandCall,
): Promise<Outcome> {
  const { system, signal, service, account } = call;
  const pid = service?.pid ?? SHELL_PID;
  const log = (line: string): void => service?.log(line);
  const say = (text: string): void => {
    for (const line of text.split('\n')) if (line !== '') log(line);
  };
  const main = '[/usr/sbin/haproxy.main()]';
  const alert = (text: string): Outcome => refuse(call, `[ALERT]    (${pid}) : ${text}\n`);
  if (account.uid !== 0) return alert(`${main} Cannot bind: Permission denied`);
  const { chroot } = configuration;
  if (chroot !== null && !isThere(system.disk, chroot)) return alert(`${main} Cannot chroot(${chroot}).`);
  const aWorker = (wanted: HaproxyConfiguration): Worker =>
    new Worker({ system, configuration: wanted, pid, file, log });
  let current = aWorker(configuration);
  /** Earlier ones, for as long as they have connections. */
  const former = new Set<Worker>();
  try {
    current.start();
  } catch (error) {
    if (!(error instanceof CannotBind)) throw error;
    return alert(
      `${error.message}\n[ALERT]    (${pid}) : ${main} Some protocols failed to start their listeners! Exiting.`,
    );
  }
  const reload = (): void => {
    log(`[NOTICE]   (${pid}) : Reloading HAProxy`);
    const parsed = parse(file, call);
    say(parsed.text);
    const next =
      parsed.configuration === null ? undefined : started(aWorker(parsed.configuration), current, say);
    if (next === undefined) return log(`[WARNING]  (${pid}) : Failed to load worker!`);
    current.retire();
    for (const each of former) if (each.isIdle()) former.delete(each);
    former.add(current);
    current = next;
    log(`[NOTICE]   (${pid}) : Loading success.`);
  };
  service?.onSignal((name) => name === 'USR2' && reload());
  say(warnings);
  log(`[NOTICE]   (${pid}) : Loading success.`);
  service?.ready();
  if (!signal.aborted) await once(signal, 'abort');
  for (const each of [...former, current]) each.end();
  return { code: 0 };
}

/** @returns `undefined` when it cannot start; the ports are then still the former one's. */
function started(next: Worker, former: Worker, say: (text: string) => void): Worker | undefined {
  try {
    next.start(former);
    return next;
  } catch (error) {
    if (!(error instanceof CannotBind)) throw error;
    say(`[ALERT]    (${next.parts.pid}) : ${error.message}`);
    return undefined;
  }
}

function refuse({ service }: CommandCall, text: string): Outcome {
  for (const line of text.split('\n')) if (line !== '') service?.log(line);
  return failWith(FAILED, text.trimEnd());
}
