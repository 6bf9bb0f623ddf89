/** Booting by a network card: QEMU's ROM is iPXE, which asks for an address and runs the script that it is told. */
import type { LabMachine } from '../../machine-host.js';
import type { DhcpOffer } from '../networking/dhcp.js';
import { fetchFrom } from '../networking/fetch.js';
import type { AskPatience, NetworkStack } from '../networking/network-stack.js';
import { expand, runIpxeScript, type IpxeMachine, type Settings } from './ipxe-script.js';

export interface NetworkBootParts {
  readonly machine: LabMachine;
  /** Of the firmware: what it was given ends with it. */
  readonly network: NetworkStack;
  /** What the console shows. */
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Option 93 of a machine with a BIOS. */
const BIOS = 0;
const USER_AGENT = 'iPXE/1.21.1+';
/** The ROM gives up then, and the firmware goes on to the next device. */
const PATIENCE: AskPatience = { attempts: 4, everyMs: 5_000 };
const IPXE_FIRMWARE = /(?:^|\/)(?:undionly\.kpxe|ipxe\.efi|snponly\.efi|ipxe\.pxe)$/;

/** @returns the command line that the kernel is started with; `null` when the card boots nothing. */
export async function bootFromNetwork(index: number, parts: NetworkBootParts): Promise<string | null> {
  const { network, print, machine, signal } = parts;
  const card = network.interfaces.cards()[index];
  if (card === undefined) return null;
  print(`iPXE initialising devices... net0: ${card.mac} using virtio-net`);
  const ask = (): Promise<DhcpOffer | undefined> =>
    network.askForLease(card, { architecture: BIOS, isIpxe: true }, signal, PATIENCE);
  const offer = await ask();
  if (offer === undefined) {
    print(`Configuring (net0 ${card.mac})...... No configuration methods succeeded`);
    return null;
  }
  for (const complaint of network.take(card.mac, offer)) print(complaint);
  const { lease, server } = offer;
  print(`net0: ${lease.address}/${lease.prefixLength} gw ${lease.gateway ?? '0.0.0.0'}`);
  const settings: Settings = {
    mac: card.mac,
    'net0/mac': card.mac,
    'net0/ip': lease.address,
    ip: lease.address,
    uuid: machine.uuid,
    hostname: lease.hostname ?? '',
    'next-server': lease.server,
  };
  const file = lease.bootFile === null ? '' : expand(lease.bootFile, settings);
  print(`Filename: ${file}`);
  if (!/^https?:/.test(file)) {
    print(tftpEnd(file, server.hasFile(file)));
    return null;
  }
  const web: IpxeMachine = {
    fetch: async (url) => {
      const answer = await fetchFrom(network, url, { userAgent: USER_AGENT, signal });
      return answer.kind === 'answer' && answer.status === 200 ? answer.body : undefined;
    },
    dhcp: async () => (await ask()) !== undefined,
    print,
  };
  const script = await web.fetch(file);
  print(`${file}... ${script === undefined ? 'failed' : 'ok'}`);
  if (script === undefined) return null;
  const end = await runIpxeScript(Buffer.from(script).toString(), settings, web);
  return end.kind === 'boot' ? end.commandLine : null;
}

/** iPXE that is told to load iPXE would do so for ever; other programs cannot run here. */
function tftpEnd(file: string, isThere: boolean): string {
  if (file === '') return 'Nothing to boot: No such file or directory';
  if (!isThere) return `tftp://${file}... No such file or directory`;
  return IPXE_FIRMWARE.test(file)
    ? `tftp://${file}... ok, which is iPXE once more`
    : `tftp://${file}... Exec format error`;
}
