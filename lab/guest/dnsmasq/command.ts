/** `dnsmasq`: checks its configuration, or serves DHCP, TFTP and DNS for as long as it runs. */
import { once } from 'node:events';
import { isThere, listNames, readText } from '../disk/root-files.js';
import { DNS_PORT } from '../networking/dns.js';
import type { NetworkInterface } from '../networking/interfaces.js';
import { failWith, type CommandCall, type GuestCommand, type Outcome } from '../shell/guest-command.js';
import { flag, parseOptions, valued } from '../shell/options.js';
import { BadConfiguration, parseDnsmasq, type DnsmasqConfiguration } from './configuration.js';
import { DhcpService } from './dhcp-service.js';
import { DnsService } from './dns-service.js';
import { readConfiguration } from './files.js';

const OPTIONS = [
  ...[flag('test'), flag('k', 'keep-in-foreground'), flag('d', 'no-daemon'), flag('v', 'version')],
  ...[valued('C', 'conf-file'), valued('7', 'conf-dir'), valued('u', 'user'), valued('x', 'pid-file')],
];

/** Exit codes of dnsmasq(8). */
const BAD_CONFIGURATION = 1;
const BAD_NETWORK = 2;
const BAD_FILE = 3;

const DHCP_PORT = 67;
const TFTP_PORT = 69;

export const dnsmasq: GuestCommand = {
  name: 'dnsmasq',
  run: async (args, call) => {
    const options = parseOptions(args, { declared: OPTIONS });
    if (options.has('version')) return { code: 0, stdout: 'Dnsmasq version 2.90\n' };
    const sources = {
      file: options.value('conf-file') ?? '/etc/dnsmasq.conf',
      folders: options.values('conf-dir'),
    };
    let configuration: DnsmasqConfiguration;
    try {
      configuration = parseDnsmasq(readConfiguration(call.system.disk, sources));
    } catch (error) {
      if (!(error instanceof BadConfiguration)) throw error;
      return refuse(call, BAD_CONFIGURATION, error.message);
    }
    if (options.has('test')) return { code: 0, stderr: 'dnsmasq: syntax check OK.\n' };
    return serve(call, configuration);
  },
};

async function serve(call: CommandCall, configuration: DnsmasqConfiguration): Promise<Outcome> {
  const { system, signal, service, account } = call;
  if (account.uid !== 0)
    return refuse(call, BAD_NETWORK, 'failed to create listening socket: Permission denied');
  const cards = system.interfaces.cards();
  const known = system.interfaces.list().map(({ name }) => name);
  const strange = configuration.interfaces.find((name) => !known.includes(name));
  if (strange !== undefined && !configuration.bindsDynamically)
    return refuse(call, BAD_NETWORK, `unknown interface ${strange}`);
  const { tftp, tftpRoot } = configuration;
  if (tftp && tftpRoot !== null && !isThere(system.disk, tftpRoot)) {
    return refuse(call, BAD_FILE, `TFTP directory ${tftpRoot} inaccessible: No such file or directory`);
  }
  const served = cards.filter(
    ({ name, addresses }) =>
      !configuration.exceptInterfaces.includes(name) &&
      (configuration.interfaces.length === 0 || configuration.interfaces.includes(name)) &&
      (configuration.listenAddresses.length === 0 ||
        addresses.some(({ address }) => configuration.listenAddresses.includes(address))),
  );
  const { dnsPort } = configuration;
  const isDns = dnsPort !== 0;
  if (isDns && dnsPort === DNS_PORT && !configuration.bindsInterfaces && hasStubListener(call))
    return refuse(
      call,
      BAD_NETWORK,
      `failed to create listening socket for port ${dnsPort}: Address already in use`,
    );
  const log = (line: string): void => service?.log(line);
  const server = new DhcpService({ system, configuration, interfaces: served, log });
  const isDhcp = configuration.ranges.length > 0;
  const leased = () => server.namedLeases();
  const names = new DnsService({ system, entries: configuration.dns, leased, log });
  service?.onSignal((signalName) => signalName === 'HUP' && names.readHosts());
  const dnsAddresses = isDns ? dnsAddressesOf(call, configuration, served) : [];
  const closers = [
    ...(isDhcp ? served.map(({ segment }) => system.serveDhcp(segment, server)) : []),
    ...served.flatMap(({ name, addresses }) => [
      ...(isDhcp ? [system.bindDatagrams(`0.0.0.0%${name}:${DHCP_PORT}`)] : []),
      ...(tftp ? addresses.map(({ address }) => system.bindDatagrams(`${address}:${TFTP_PORT}`)) : []),
    ]),
    ...dnsAddresses.flatMap((address) => [
      system.bindDatagrams(`${address}:${dnsPort}`),
      system.network.serveDns(address, dnsPort, names),
    ]),
  ];
  log(configuration.dnsPort === 0 ? 'started, version 2.90 DNS disabled' : 'started, version 2.90');
  service?.ready();
  if (!signal.aborted) await once(signal, 'abort');
  for (const close of closers) close();
  return { code: 0 };
}

/** The loopback is served too, unless it is left out. */
function dnsAddressesOf(
  { system }: CommandCall,
  { interfaces, listenAddresses, exceptInterfaces }: DnsmasqConfiguration,
  served: readonly NetworkInterface[],
): readonly string[] {
  const all = served.flatMap(({ addresses }) => addresses.map(({ address }) => address));
  const loopback = system.interfaces.list().find(({ name }) => name === 'lo');
  const own = exceptInterfaces.includes('lo') ? [] : (loopback?.addresses ?? []);
  const isLoopbackServed =
    interfaces.length === 0 || interfaces.includes('lo') || listenAddresses.length === 0;
  const candidates = [...all, ...(isLoopbackServed ? own.map(({ address }) => address) : [])];
  return listenAddresses.length === 0
    ? candidates
    : candidates.filter((address) => listenAddresses.includes(address));
}

/** systemd-resolved keeps port 53 of a loopback address, and so nobody else can have it on all addresses. */
function hasStubListener({ system }: CommandCall): boolean {
  const folder = '/etc/systemd/resolved.conf.d';
  const files = [
    '/etc/systemd/resolved.conf',
    ...listNames(system.disk, folder).map((name) => `${folder}/${name}`),
  ];
  return !files.some((file) =>
    /^\s*DNSStubListener\s*=\s*(?:no|false|0)\s*$/im.test(readText(system.disk, file) ?? ''),
  );
}

function refuse({ service }: CommandCall, code: number, message: string): Outcome {
  service?.log(message);
  return failWith(code, `\ndnsmasq: ${message}`);
}
