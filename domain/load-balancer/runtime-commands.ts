/** Shell lines that ask the HAProxy that runs (https://docs.haproxy.org/2.6/management.html#9.3). */
import { ADMIN_SOCKET } from './haproxy-config.js';

/** One command's answer on standard output; nothing when HAProxy does not run. */
export function ask(command: string): string {
  return `printf '${command}\\n' | socat -t 5 - UNIX-CONNECT:${ADMIN_SOCKET}`;
}

/** Rows of `show servers state` begin with the number of their backend; before them stand a version and a headline. */
const IS_ROW = 'NF > 1 && $1 ~ /^[0-9]+$/';

/** Succeeds when the HAProxy that runs says this of itself. @param description of its file, one word. */
export function isDescribedAs(description: string): string {
  return `${ask('show info')} | grep -qxF 'description: ${description}'`;
}

/** Prints the administrative state of one machine as a number, of which 8 is "drain"; nothing for one that is unknown. */
export function adminState(backend: string, server: string): string {
  return `${ask('show servers state')} | awk '${IS_ROW} && $2 == "${backend}" && $4 == "${server}" { print $7 }'`;
}

/** Prints how many connections a machine has; nothing for one that is unknown. */
export function sessionCount(backend: string, server: string): string {
  return `${ask('show stat')} | awk -F, '$1 == "${backend}" && $2 == "${server}" { print $5 }'`;
}
