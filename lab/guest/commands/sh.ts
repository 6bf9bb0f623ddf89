/** `sh` and `bash`: a script from `-c`, a file or standard input. */
import { failWith, type CommandCall, type GuestCommand, type Outcome } from '../shell/guest-command.js';
import { quote, quoteAll } from '../shell/quote.js';

const SWITCHES = 'eux';
const IGNORED = 'fil';
const USAGE_CODE = 2;
const NOT_FOUND = 127;

interface Invocation {
  readonly switches: string;
  readonly source: 'command' | 'stdin' | 'operand';
  readonly rest: readonly string[];
}

export const sh: GuestCommand = { name: 'sh', run: (args, call) => runScript('sh', args, call) };
export const bash: GuestCommand = { name: 'bash', run: (args, call) => runScript('bash', args, call) };

async function runScript(name: string, args: readonly string[], call: CommandCall): Promise<Outcome> {
  const invocation = parse(args);
  if (typeof invocation === 'string') return failWith(USAGE_CODE, `${name}: 0: ${invocation}`);
  const { switches, source, rest } = invocation;
  const prologue = (parameters: readonly string[]): string =>
    `${switches === '' ? '' : `set -${switches}\n`}set -- ${quoteAll(parameters)}\n`;

  if (source === 'command') {
    const [text, , ...parameters] = rest;
    if (text === undefined) return failWith(USAGE_CODE, `${name}: 0: -c requires an argument`);
    return call.script(prologue(parameters) + text, { stdin: call.stdin });
  }
  const [file, ...parameters] = rest;
  if (source === 'stdin' || file === undefined) {
    return call.script(prologue(rest) + Buffer.from(call.stdin).toString());
  }
  const path = call.path(file);
  if (!(await call.files.exists(path))) {
    return failWith(NOT_FOUND, `${name}: 0: cannot open ${quote(file)}: No such file`);
  }
  const text = await call.files.readFile(path);
  return call.script(prologue(parameters) + text, { stdin: call.stdin });
}

/** @returns what is wrong, where something is. */
function parse(args: readonly string[]): Invocation | string {
  let switches = '';
  let source: Invocation['source'] = 'operand';
  let index = 0;
  for (; index < args.length; index += 1) {
    const word = args[index] ?? '';
    if (word === '-' || word === '--') {
      index += 1;
      break;
    }
    if (!word.startsWith('-')) break;
    for (const letter of word.slice(1)) {
      if (letter === 'c') source = 'command';
      else if (letter === 's') source = 'stdin';
      else if (SWITCHES.includes(letter)) switches += letter;
      else if (!IGNORED.includes(letter)) return `Illegal option -${letter}`;
    }
  }
  return { switches, source, rest: args.slice(index) };
}
