/** `dnsmasq`: checks its configuration, or serves DHCP and TFTP for as long as it runs. */
import { once } from 'node:events';
import { isThere } from '../disk/root-files.js';
import { failWith, type CommandCall, type GuestCommand, type Outcome } from '../shell/guest-command.js';
import { flag, parseOptions, valued } from '../shell/options.js';
import { BadConfiguration, parseDnsmasq, type DnsmasqConfiguration } from './configuration.js';
import { DhcpService } from './dhcp-service.js';
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
  const log = (line: string): void => service?.log(line);
  const server = new DhcpService({ system, configuration, interfaces: served, log });
  const isDhcp = configuration.ranges.length > 0;
  const closers = [
    ...(isDhcp ? served.map(({ segment }) => system.serveDhcp(segment, server)) : []),
    ...served.flatMap(({ name, addresses }) => [
      ...(isDhcp ? [system.bindDatagrams(`0.0.0.0%${name}:${DHCP_PORT}`)] : []),
      ...(tftp ? addresses.map(({ address }) => system.bindDatagrams(`${address}:${TFTP_PORT}`)) : []),
      ...(configuration.dnsPort === 0
        ? []
        : addresses.map(({ address }) => system.bindDatagrams(`${address}:${configuration.dnsPort}`))),
    ]),
  ];
  log(configuration.dnsPort === 0 ? 'started, version 2.90 DNS disabled' : 'started, version 2.90');
  service?.ready();
  if (!signal.aborted) await once(signal, 'abort');
  for (const close of closers) close();
  return { code: 0 };
}

function refuse({ service }: CommandCall, code: number, message: string): Outcome {
  service?.log(message);
  return failWith(code, `\ndnsmasq: ${message}`);
}
