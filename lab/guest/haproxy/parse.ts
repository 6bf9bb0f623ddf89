/** Reads HAProxy's configuration as strictly as HAProxy does (its configuration manual, version 2.8). */
import { healthCheck } from './check-lines.js';
import type { HaproxyConfiguration, Proxy } from './configuration.js';
import { emptyGlobal, takeGlobalLine, type GlobalSurroundings } from './global-section.js';
import { Messages } from './messages.js';
import {
  takeProxyLine,
  WITHOUT_DEFAULTS,
  type Inherited,
  type Section,
  type SectionKind,
} from './proxy-section.js';
import { wordsOf } from './words.js';

export interface ParseSurroundings extends GlobalSurroundings {
  readonly hasFile: (path: string) => boolean;
  /** Whether the host has an address, when it is a name. */
  readonly isResolved: (host: string) => boolean;
}

export interface ParsedConfiguration {
  /** `null` when HAProxy would not start with it. */
  readonly configuration: HaproxyConfiguration | null;
  readonly hasWarnings: boolean;
  /** What it writes to standard error. */
  readonly text: string;
}

const SECTIONS = new Set<string>(['frontend', 'backend', 'listen', 'defaults']);
const NAME = /^[\w.:-]+$/;

/** @param pid stands in every line of what it says. */
export function parseHaproxy(
  text: string,
  file: string,
  pid: number,
  surroundings: ParseSurroundings,
): ParsedConfiguration {
  const messages = new Messages(file, pid);
  const global = emptyGlobal();
  const sections: Section[] = [];
  let defaults: Inherited = WITHOUT_DEFAULTS;
  let current: Section | 'global' | null = null;
  const endDefaults = (): void => {
    if (current !== null && current !== 'global' && current.kind === 'defaults') defaults = current;
  };
  for (const [index, raw] of text.split('\n').entries()) {
    const line = index + 1;
    const words = wordsOf(raw);
    if (words === null) {
      messages.alert(line, 'unmatched quote at end of line.');
      continue;
    }
    const [keyword] = words;
    if (keyword === undefined) continue;
    if (keyword === 'global') {
      endDefaults();
      current = 'global';
    } else if (SECTIONS.has(keyword)) {
      endDefaults();
      current = opened(keyword as SectionKind, words.slice(1), line, { defaults, sections, messages });
    } else if (current === null) {
      messages.alert(line, `unknown keyword '${keyword}' out of section.`);
    } else if (current === 'global') {
      const fault = takeGlobalLine(global, words, line, surroundings);
      if (fault !== undefined) messages.alert(line, fault);
    } else {
      takeProxyLine({ section: current, words, line, messages, hasFile: surroundings.hasFile });
    }
  }
  const isRead = !messages.hasErrors;
  const proxies = sections.map(proxyOf);
  if (isRead) checkValidity(proxies, messages, surroundings);
  if (messages.hasErrors) messages.close(isRead);
  return {
    configuration: messages.hasErrors ? null : { ...global, proxies },
    hasWarnings: messages.hasWarnings,
    text: messages.text(),
  };
}

interface Opening {
  readonly defaults: Inherited;
  readonly sections: Section[];
  readonly messages: Messages;
}

function opened(
  kind: SectionKind,
  [name = '']: readonly string[],
  line: number,
  { defaults, sections, messages }: Opening,
): Section {
  // A new `defaults` knows nothing of the one before.
  const inherited = kind === 'defaults' ? WITHOUT_DEFAULTS : defaults;
  const section: Section = { ...pickInherited(inherited), kind, name, line, binds: [], servers: [] };
  if (kind === 'defaults') return section;
  if (name === '') messages.alert(line, `'${kind}' expects an <id> argument`);
  else if (!NAME.test(name))
    messages.alert(
      line,
      `character '${/[^\w.:-]/.exec(name)?.[0]}' is not permitted in '${kind}' name '${name}'.`,
    );
  const twin = sections.find((each) => each.name === name && sharesSide(each.kind, kind));
  if (twin !== undefined)
    messages.alertAs(
      (file) =>
        `Parsing [${file}:${line}]: ${kind} '${name}' has the same name as ${twin.kind} '${name}' declared at ${file}:${twin.line}.`,
    );
  sections.push(section);
  return section;
}

function pickInherited({ mode, balance, timeouts, retries, redispatches, ...rest }: Inherited): Inherited {
  const { defaultBackend, check, serverDefaults } = rest;
  return { mode, balance, timeouts, retries, redispatches, defaultBackend, check, serverDefaults };
}

/** A frontend and a backend may have the same name. */
function sharesSide(one: SectionKind, other: SectionKind): boolean {
  return one === other || one === 'listen' || other === 'listen';
}

function proxyOf(section: Section): Proxy {
  const { kind, check } = section;
  return { ...section, kind: kind === 'defaults' ? 'listen' : kind, check: healthCheck(check) };
}

/** What can only be said of the whole. */
function checkValidity(
  proxies: readonly Proxy[],
  messages: Messages,
  { isResolved }: ParseSurroundings,
): void {
  for (const proxy of proxies) {
    const { kind, name, defaultBackend, servers, timeouts, binds } = proxy;
    const hasBackend = proxies.some((each) => each.kind !== 'frontend' && each.name === defaultBackend);
    if (kind !== 'backend' && defaultBackend !== null && !hasBackend)
      messages.alertAs(
        () => `Proxy '${name}': unable to find required default_backend: '${defaultBackend}'.`,
      );
    if (kind !== 'backend' && binds.length === 0)
      messages.warnAs(
        `${kind} '${name}' has no 'bind' directive. Please declare it as a backend if this was intended.`,
      );
    for (const server of servers) checkServer(proxy, server, messages, isResolved);
    const wanted = [
      ...(kind === 'backend' ? [] : (['client'] as const)),
      ...(kind === 'frontend' ? [] : (['connect', 'server'] as const)),
    ];
    if (wanted.some((each) => (timeouts[each] ?? 0) === 0))
      messages.warnAs(
        `missing timeouts for ${kind === 'listen' ? 'proxy' : kind} '${name}'.\n` +
          '   | While not properly invalid, you will certainly encounter various problems\n' +
          '   | with such a configuration. To fix this, please ensure that all following\n' +
          "   | timeouts are set to a non-zero value: 'client', 'connect', 'server'.",
      );
  }
}

function checkServer(
  { kind, name: proxyName, servers }: Proxy,
  { name, line, host, port, settings }: Proxy['servers'][number],
  messages: Messages,
  isResolved: (host: string) => boolean,
): void {
  const twin = servers.find((each) => each.name === name && each.line < line);
  const title = `${kind === 'listen' ? 'proxy' : kind} '${proxyName}'`;
  if (twin !== undefined)
    messages.alert(
      line,
      `${title}, another server named '${name}' was already defined at line ${twin.line}, please use distinct names.`,
    );
  const label = (text: string) => (file: string) =>
    `[${file}:${line}] : 'server ${proxyName}/${name}' : ${text}`;
  if (settings.isChecked && port === 0 && settings.checkPort === null)
    messages.alertAs(
      () =>
        `config: ${title}: server '${name}' has neither service port nor check port nor tcp_check rule 'connect' with port information.`,
    );
  if (settings.checkTls && !settings.verifiesNone && settings.caFile === null)
    messages.alertAs(
      label(
        "verify is enabled by default but no CA file specified. If you're running on a LAN where you're certain to trust the server's certificate, please set an explicit 'verify none' statement on the 'server' line, or use 'ssl-server-verify none' in the global section to disable server-side verifications by default.",
      ),
    );
  if (!isResolved(host)) messages.alertAs(label(`could not resolve address '${host}'.`));
}
