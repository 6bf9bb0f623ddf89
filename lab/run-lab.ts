/** What `start` and `demo` share: the command line, bringing everything up, and ending it in order. */
import { parseLabOptions, USAGE } from './options.js';
import { startEverything, type Running } from './supervisor.js';

export type Say = (line: string) => void;

const say: Say = (line) => void process.stdout.write(`${line}\n`);

/** A script that started us hears of our processes, so that it can end one of them. */
function served(name: string, pid: number | undefined): void {
  process.send?.({ kind: 'served', name, pid });
}

/** @param work what to do once everything is up; whether to go on running afterwards. */
export async function runLab(
  flags: readonly string[],
  work: (running: Running, flags: ReadonlySet<string>, say: Say) => Promise<'stay' | 'stop'>,
): Promise<void> {
  const parsed = parse(flags);
  if (parsed === null) return;
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  let running: Running | null = null;
  try {
    running = await startEverything(parsed.options, process.env, { say, served });
    const { apiUrl, temporalAddress, world } = running;
    process.send?.({ kind: 'ready', apiUrl, temporalAddress, world });
    const then = await Promise.race([
      work(running, parsed.flags, say),
      interrupted.then(() => 'stop' as const),
    ]);
    if (then === 'stay') {
      say('');
      say('Everything stays up; Ctrl-C ends it.');
      await interrupted;
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    await running?.stop();
  }
  // What was interrupted in the middle may still hold sockets.
  process.exit();
}

function parse(flags: readonly string[]): ReturnType<typeof parseLabOptions> | null {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    say(USAGE);
    return null;
  }
  try {
    return parseLabOptions(args, flags);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    process.exitCode = 64;
    return null;
  }
}

export function printAddresses(running: Running, print: Say): void {
  const { apiUrl, metricsUrl, temporalUiUrl, temporalAddress, world } = running;
  print('');
  print(
    `API          ${apiUrl}${world === null ? '' : '  (open to everyone on this machine, and to nobody else)'}`,
  );
  print(`OpenAPI      ${apiUrl}/openapi.json`);
  print(temporalUiUrl === null ? `Temporal     ${temporalAddress}` : `Temporal UI  ${temporalUiUrl}`);
  if (metricsUrl !== null) print(`Metrics      ${metricsUrl}`);
  if (world === null) return;
  print(`Proxmox VE   ${world.proxmoxUrls.join('  ')}  (simulated)`);
  print(`Machines     through ${world.machineProxyUrl}`);
  print(`DNS server   ${world.dnsAddress}`);
  print(`Lab control  ${world.controlUrl}`);
}
