/** Command-line options as getopt_long(3) takes them: nothing that is not declared passes. */
import { UsageError } from './guest-command.js';

export interface OptionDeclaration {
  /** One letter without a dash, or a word for `--word`. */
  readonly names: readonly string[];
  readonly takesValue?: boolean;
}

export interface ParsedOptions {
  readonly operands: readonly string[];
  has(name: string): boolean;
  /** The last value given. */
  value(name: string): string | undefined;
  /** All values given. */
  values(name: string): readonly string[];
}

export interface OptionRules {
  readonly declared: readonly OptionDeclaration[];
  /** What follows the first operand is not looked at, as in `sudo COMMAND -x`. */
  readonly stopsAtOperand?: boolean;
}

/** `flag('n', 'non-interactive')` */
export function flag(...names: string[]): OptionDeclaration {
  return { names };
}

export function valued(...names: string[]): OptionDeclaration {
  return { names, takesValue: true };
}

/** @throws UsageError in the words of getopt. */
export function parseOptions(
  args: readonly string[],
  { declared, stopsAtOperand = false }: OptionRules,
): ParsedOptions {
  const found = new Map<OptionDeclaration, string[]>();
  const operands: string[] = [];
  const note = (option: OptionDeclaration, value: string): void => {
    found.set(option, [...(found.get(option) ?? []), value]);
  };
  const todo = [...args];
  const byName = (name: string): OptionDeclaration | undefined =>
    declared.find(({ names }) => names.includes(name));

  for (let word = todo.shift(); word !== undefined; word = todo.shift()) {
    if (word === '--') {
      operands.push(...todo.splice(0));
    } else if (word.startsWith('--')) {
      const [name = '', ...rest] = word.slice(2).split('=');
      const option = name.length > 1 ? byName(name) : undefined;
      if (option === undefined) throw new UsageError(`unrecognized option '--${name}'`);
      const inline = rest.length > 0 ? rest.join('=') : undefined;
      if (option.takesValue !== true && inline !== undefined) {
        throw new UsageError(`option '--${name}' doesn't allow an argument`);
      }
      const value = option.takesValue === true ? (inline ?? todo.shift()) : '';
      if (value === undefined) throw new UsageError(`option '--${name}' requires an argument`);
      note(option, value);
    } else if (word.startsWith('-') && word.length > 1) {
      for (let index = 1; index < word.length; index += 1) {
        const letter = word.charAt(index);
        const option = byName(letter);
        if (option === undefined) throw new UsageError(`invalid option -- '${letter}'`);
        if (option.takesValue !== true) {
          note(option, '');
          continue;
        }
        const value = index + 1 < word.length ? word.slice(index + 1) : todo.shift();
        if (value === undefined) throw new UsageError(`option requires an argument -- '${letter}'`);
        note(option, value);
        break;
      }
    } else {
      operands.push(word);
      if (stopsAtOperand) operands.push(...todo.splice(0));
    }
  }
  const values = (name: string): readonly string[] => {
    const option = byName(name);
    return (option === undefined ? undefined : found.get(option)) ?? [];
  };
  return { operands, has: (name) => values(name).length > 0, value: (name) => values(name).at(-1), values };
}
