/** Finds out which addresses somebody uses that nobody leased. */
import { probeDirectly } from './direct-probe.js';
import { answersPing, reachableNeighbours } from './neighbours.js';
import type { InUse, ProbePort, ProbeResult } from './probe-result.js';
import { probeThroughProxy } from './proxy-probe.js';

export interface ProbeOptions {
  /** `socks5://host:port`, or `null` to look from here. */
  readonly proxyUrl: string | null;
  /** The first one decides when it is answered in any way; the others are tried where it is not. */
  readonly ports?: readonly [number, ...number[]];
  /** For one look at one port. */
  readonly timeoutMs?: number;
}

/** SSH; what Kubernetes machines and web servers have open. */
const PORTS = [22, 6443, 443, 10_250] as const;
/** An address in the same network is unreachable after three ARP requests, a second apart; one that is used answers at once. */
const TIMEOUT_MS = 1_000;
const AT_ONCE = 64;

export interface ProbeProgress {
  readonly signal: AbortSignal;
  readonly done: (looked: number, of: number) => void;
}

/** @throws `MACHINE_PROXY_UNREACHABLE` when the proxy does not look. */
export async function probeAddresses(
  addresses: readonly string[],
  options: ProbeOptions,
  { signal, done }: ProbeProgress,
): Promise<InUse[]> {
  const { proxyUrl, ports = PORTS, timeoutMs = TIMEOUT_MS } = options;
  const probePort: ProbePort =
    proxyUrl === null
      ? (address, port) => probeDirectly(address, port, { timeoutMs, signal })
      : (address, port) => probeThroughProxy(address, port, { proxyUrl, timeoutMs, signal });
  const results = new Map<string, ProbeResult>();
  const queue = [...new Set(addresses)].values();
  const work = async (): Promise<void> => {
    for (const address of queue) {
      signal.throwIfAborted();
      results.set(address, await probeAddress(address, ports, probePort, signal));
      done(results.size, addresses.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));

  if (proxyUrl === null) await askTheSystem(results, timeoutMs, signal);
  return evidenceIn(results);
}

/** The first port decides, unless it is silent: then a filter may be in the way, and the others are tried together. */
async function probeAddress(
  address: string,
  [first, ...others]: readonly [number, ...number[]],
  probePort: ProbePort,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const result = await probePort(address, first, signal);
  if (result.kind !== 'silent') return result;
  const more = await Promise.all(others.map((port) => probePort(address, port, signal)));
  return (
    more.find(({ kind }) => kind === 'answered' || kind === 'refused') ??
    more.find(({ kind }) => kind !== 'silent') ??
    result
  );
}

/** A filter may drop everything and still answer an echo, and always answers ARP. */
async function askTheSystem(
  results: Map<string, ProbeResult>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const unclear = [...results].flatMap(([address, { kind }]) => (kind === 'silent' ? [address] : []));
  const queue = unclear.values();
  const work = async (): Promise<void> => {
    for (const address of queue) {
      signal.throwIfAborted();
      if (await answersPing(address, timeoutMs))
        results.set(address, { kind: 'answered', evidence: 'answers ping' });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  // Last, as each look before has made the system ask for the MAC address.
  const neighbours = await reachableNeighbours();
  for (const address of unclear) {
    const mac = neighbours.get(address);
    if (mac !== undefined && results.get(address)?.kind === 'silent')
      results.set(address, { kind: 'answered', evidence: `answers ARP as ${mac}` });
  }
}

/** An open connection counts where others were told to have failed: a proxy that reports success for all tells nothing. */
function evidenceIn(results: ReadonlyMap<string, ProbeResult>): InUse[] {
  const failuresAreTold = [...results.values()].some(({ kind }) => kind === 'absent' || kind === 'refused');
  return [...results].flatMap(([address, result]) => {
    switch (result.kind) {
      case 'answered':
      case 'refused':
        return [{ address, evidence: result.evidence }];
      case 'connected':
        return failuresAreTold ? [{ address, evidence: result.evidence }] : [];
      case 'absent':
      case 'silent':
        return [];
    }
  });
}
