/** How a program declares its flags. */

export interface FlagDeclaration {
  readonly name: string;
  /** A `list` may be given several times; of a `text` the last one counts. */
  readonly kind: 'text' | 'list' | 'switch';
  readonly short?: string;
  /** Environment variable that is taken where the flag is not given. */
  readonly variable?: string;
}

export function text(name: string, more: { short?: string; variable?: string } = {}): FlagDeclaration {
  return { name, kind: 'text', ...more };
}

export function list(name: string): FlagDeclaration {
  return { name, kind: 'list' };
}

export function toggle(name: string, more: { variable?: string } = {}): FlagDeclaration {
  return { name, kind: 'switch', ...more };
}
