/** How scripts on a machine work with an old and a new token: they stand in no command line, which others could see. */
import type { GuestFile, GuestStep } from '../domain/guest-step.js';

/** There only while a script works with it; root's alone. */
const TOKENS_FILE = '/etc/clusterwright/tokens';

export interface TokenScript {
  readonly id: string;
  readonly title: string;
  /** Names of the two secrets in the vault. Their values are letters, digits and full stops. */
  readonly old: string;
  readonly new: string;
  /** Has them as `$OLD` and `$NEW`; can be repeated; fails where its effect is not there in the end. */
  readonly script: readonly string[];
  readonly timeoutSeconds: number;
}

/** The file with the tokens is taken away last: where it is gone, the script went to its end. */
export function tokenStep({ id, title, script, timeoutSeconds, ...names }: TokenScript): GuestStep {
  return {
    id,
    title,
    files: [tokensFile(names)],
    observe: null,
    act: [`. ${TOKENS_FILE}`, ...script, `rm -f ${TOKENS_FILE}`].join('\n'),
    verify: `test ! -e ${TOKENS_FILE}`,
    timeoutSeconds,
  };
}

function tokensFile(names: Pick<TokenScript, 'old' | 'new'>): GuestFile {
  const content = `OLD='{{secret:${names.old}}}'\nNEW='{{secret:${names.new}}}'\n`;
  return { path: TOKENS_FILE, mode: '0600', content };
}

/** Puts the new token where the old one stands, and leaves everything else of the file as it is. */
export function replaceToken(path: string): string[] {
  return [
    'umask 077',
    'while IFS= read -r line || test -n "$line"; do',
    '  case "$line" in',
    `    *"$OLD"*) printf '%s%s%s\\n' "\${line%%"$OLD"*}" "$NEW" "\${line#*"$OLD"}" ;;`,
    `    *) printf '%s\\n' "$line" ;;`,
    '  esac',
    `done < ${path} > ${path}.new`,
    `mv -f ${path}.new ${path}`,
    ...expectIn(path, '*"$NEW"*'),
  ];
}

/** Fails unless the file is like the pattern of the shell. */
export function expectIn(path: string, pattern: string): string[] {
  return [
    `case "$(cat ${path})" in`,
    `  ${pattern}) ;;`,
    `  *) echo '${path} does not have the new token' >&2; exit 1 ;;`,
    'esac',
  ];
}
