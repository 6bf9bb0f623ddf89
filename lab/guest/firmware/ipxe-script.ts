/** The part of iPXE's script language that boots a kernel (https://ipxe.org/scripting). */

/** What a script does, in its order. */
export interface IpxeMachine {
  /** @returns the content, or `undefined` when it cannot be had. */
  fetch(url: string): Promise<Uint8Array | undefined>;
  /** Asks for an address once more. */
  dhcp(): Promise<boolean>;
  print(line: string): void;
}

export type ScriptEnd =
  /** `commandLine` is what the kernel is started with. */
  { readonly kind: 'boot'; readonly commandLine: string } | { readonly kind: 'failed' };

export type Settings = Readonly<Record<string, string>>;

const HEADER = '#!ipxe';
const MOST_CHAINED = 8;
const FAILED: ScriptEnd = { kind: 'failed' };

interface Images {
  kernel: string | null;
}

type Step = 'ok' | 'failed' | ScriptEnd;

/** @param settings by name, such as `net0/mac`; a script may add to them. */
export async function runIpxeScript(
  text: string,
  settings: Settings,
  machine: IpxeMachine,
  chained = 0,
): Promise<ScriptEnd> {
  const lines = text.split('\n').map((line) => line.trim());
  if (lines[0] !== HEADER) {
    machine.print('Could not boot: Exec format error');
    return FAILED;
  }
  const values: Record<string, string> = { ...settings };
  const images: Images = { kernel: null };
  for (const line of lines.slice(1)) {
    if (line === '' || line.startsWith('#')) continue;
    const step = await runLine(line, { values, images, machine, chained });
    // As with `set -e`: what fails without an alternative ends the script.
    if (step === 'failed') return FAILED;
    if (step !== 'ok') return step;
  }
  return FAILED;
}

interface Run {
  readonly values: Record<string, string>;
  readonly images: Images;
  readonly machine: IpxeMachine;
  readonly chained: number;
}

async function runLine(line: string, run: Run): Promise<Step> {
  let step: Step = 'failed';
  for (const alternative of line.split(/\s+\|\|\s+/)) {
    step = await runCommand(expand(alternative, run.values), run);
    if (step !== 'failed') return step;
  }
  return step;
}

async function runCommand(line: string, run: Run): Promise<Step> {
  const { values, images, machine, chained } = run;
  const [command = '', ...args] = line.split(/\s+/);
  switch (command) {
    case 'dhcp':
      return (await machine.dhcp()) ? 'ok' : 'failed';
    case 'set': {
      const [name = '', ...value] = args;
      values[name] = value.join(' ');
      return 'ok';
    }
    case 'echo':
      machine.print(args.join(' '));
      return 'ok';
    case 'kernel': {
      const [url = '', ...rest] = withoutOptions(args);
      images.kernel = (await fetched(url, machine)) === undefined ? null : rest.join(' ');
      return images.kernel === null ? 'failed' : 'ok';
    }
    case 'initrd': {
      const [url = ''] = withoutOptions(args);
      return (await fetched(url, machine)) === undefined ? 'failed' : 'ok';
    }
    case 'chain': {
      const script = await fetched(withoutOptions(args)[0] ?? '', machine);
      if (script === undefined || chained >= MOST_CHAINED) return 'failed';
      return runIpxeScript(Buffer.from(script).toString(), values, machine, chained + 1);
    }
    case 'boot':
      if (images.kernel === null) machine.print('Could not boot: No such file or directory');
      return images.kernel === null ? 'failed' : { kind: 'boot', commandLine: images.kernel };
    case 'imgfree':
      images.kernel = null;
      return 'ok';
    case 'exit':
      return FAILED;
    default:
      machine.print(`${command}: command not found`);
      return 'failed';
  }
}

async function fetched(url: string, machine: IpxeMachine): Promise<Uint8Array | undefined> {
  const content = await machine.fetch(url);
  machine.print(`${url}... ${content === undefined ? 'failed' : 'ok'}`);
  return content;
}

/** `--name x` and its like stand before the URL. */
function withoutOptions(args: readonly string[]): readonly string[] {
  const [first] = args;
  return first?.startsWith('--') === true ? withoutOptions(args.slice(first.includes('=') ? 1 : 2)) : args;
}

/** `${net0/mac:hexhyp}`: a setting, and how it is written. One that is not set is empty. */
export function expand(text: string, settings: Settings): string {
  return text.replaceAll(/\$\{([^}:]+)(?::([a-z0-9]+))?\}/g, (_, name: string, type?: string) => {
    const value = settings[name] ?? '';
    return type === 'hexhyp' ? value.replaceAll(':', '-') : value;
  });
}
