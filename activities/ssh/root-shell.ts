/** How scripts are run as root on a machine. */

/**
 * The command that runs a script from standard input as root. Never `-i`: the profile of root is not ours.
 * `-n` fails where sudo would ask for a password.
 */
export const ROOT_SHELL = 'sudo -n sh -s';

/**
 * The script as standard input for {@link ROOT_SHELL}. The braces make the shell read all of it before it runs any of
 * it: a link that dies on the way leaves a syntax error, not half a script. Its commands read nothing, or they would
 * swallow the rest of it.
 */
export function asStdin(script: string): string {
  return `set -eu\n{\n${script}\n} </dev/null\n`;
}

/** One word for a POSIX shell, whatever is in it. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
