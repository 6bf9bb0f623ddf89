/** What the system itself knows of addresses in its own networks: a machine may let no connection through, but it answers ARP. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** @returns whether the address answers an echo request; `false` also where there is no `ping`. */
export async function answersPing(address: string, timeoutMs: number): Promise<boolean> {
  const seconds = String(Math.max(1, Math.round(timeoutMs / 1_000)));
  try {
    await run('ping', ['-n', '-q', '-c', '1', '-W', seconds, address], { timeout: timeoutMs + 1_000 });
    return true;
  } catch {
    return false;
  }
}

/** Addresses that answered a moment ago, and with which MAC address; empty where there is no `ip`. */
export async function reachableNeighbours(): Promise<ReadonlyMap<string, string>> {
  try {
    const { stdout } = await run('ip', ['-j', 'neighbour', 'show', 'nud', 'reachable'], { timeout: 5_000 });
    return parseNeighbours(stdout);
  } catch {
    return new Map();
  }
}

/** @param json as `ip -j neighbour` writes it. */
export function parseNeighbours(json: string): ReadonlyMap<string, string> {
  const entries = JSON.parse(json) as readonly { readonly dst?: string; readonly lladdr?: string }[];
  return new Map(
    entries.flatMap(({ dst, lladdr }) => (dst === undefined || lladdr === undefined ? [] : [[dst, lladdr]])),
  );
}
