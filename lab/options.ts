/** The lab's command line. */
import { parseArgs } from 'node:util';

export interface LabOptions {
  /** Multiplies every latency: 1 is realistic, 0 does not wait. */
  readonly speed: number;
  readonly seed: number;
  /** Where the lab and the service keep everything. */
  readonly stateDir: string;
  readonly apiPort: number;
  readonly temporalPort: number;
  readonly uiPort: number;
  readonly proxmoxPort: number;
  readonly proxyPort: number;
  readonly controlPort: number;
  /** Port of this machine at which the service serves booting machines. */
  readonly bootPort: number;
  /** Of the DNS server that takes records. */
  readonly dnsPort: number;
}

export const USAGE = `Options:
  --speed FACTOR       multiplies every latency of the lab; 1 is realistic, 0 does not wait (default 1)
  --seed NUMBER        seed of the lab's randomness (default 1)
  --state-dir FOLDER   where everything is kept (default .clusterwright)
  --api-port PORT      default 8080
  --temporal-port PORT default 7233
  --ui-port PORT       Temporal UI, default 8233
  --proxmox-port PORT  default 8006
  --proxy-port PORT    SOCKS5 entrance to the machines' network, default 1080
  --control-port PORT  faults and latencies of the lab, default 8099
  --boot-port PORT     what the lab's machines boot from, default 8082
  --dns-port PORT      DNS server that takes records by RFC 2136, default 8053`;

const NUMBERS = {
  speed: '1',
  seed: '1',
  'api-port': '8080',
  'temporal-port': '7233',
  'ui-port': '8233',
  'proxmox-port': '8006',
  'proxy-port': '1080',
  'control-port': '8099',
  'boot-port': '8082',
  'dns-port': '8053',
} as const;

/**
 * Ports may be 0, for any free one.
 * @throws Error with one line for the person who typed it.
 */
export function parseLabOptions(
  args: readonly string[],
  flags: readonly string[] = [],
): { readonly options: LabOptions; readonly flags: ReadonlySet<string> } {
  const declared: Record<string, { type: 'string' | 'boolean'; default: string | boolean }> = {
    'state-dir': { type: 'string', default: '.clusterwright' },
  };
  for (const [name, value] of Object.entries(NUMBERS)) declared[name] = { type: 'string', default: value };
  for (const flag of flags) declared[flag] = { type: 'boolean', default: false };
  const { values } = parseArgs({ args: [...args], options: declared });
  const number = (name: keyof typeof NUMBERS): number => {
    const value = Number(values[name]);
    const isPort = name.endsWith('-port');
    const isValid =
      value >= 0 && Number.isFinite(value) && (!isPort || (Number.isInteger(value) && value < 65_536));
    if (!isValid) throw new Error(`--${name} must be a ${isPort ? 'port' : 'number of at least 0'}`);
    return value;
  };
  return {
    options: {
      speed: number('speed'),
      seed: number('seed'),
      stateDir: String(values['state-dir']),
      apiPort: number('api-port'),
      temporalPort: number('temporal-port'),
      uiPort: number('ui-port'),
      proxmoxPort: number('proxmox-port'),
      proxyPort: number('proxy-port'),
      controlPort: number('control-port'),
      bootPort: number('boot-port'),
      dnsPort: number('dns-port'),
    },
    flags: new Set(flags.filter((flag) => values[flag] === true)),
  };
}
