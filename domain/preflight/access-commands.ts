/** The commands that give a token exactly what is needed, for a root shell on any host of the cluster. */
import type { RequiredPrivilege } from './privileges.js';

/**
 * A role for each set of privileges, and the roles on their paths: for the user and for the token, since a token with
 * privilege separation has only what both have. Running them again changes nothing, and roles are only ever widened:
 * another definition's commands may have given the role of that name to other paths.
 * @param tokenId such as `clusterwright@pve!service`.
 */
export function accessCommands(required: readonly RequiredPrivilege[], tokenId: string): string[] {
  const [user = '', token = ''] = tokenId.split('!');
  const byPath = new Map<string, string[]>();
  for (const { path, privilege } of required) {
    byPath.set(path, [...(byPath.get(path) ?? []), privilege]);
  }
  const roles = new Map<string, string>();
  for (const [path, privileges] of byPath) {
    const set = privileges.join(',');
    if (!roles.has(set)) roles.set(set, roleName(path, [...roles.values()]));
  }
  return [
    ...(user.endsWith('@pve')
      ? [`pveum user list --noborder --noheader | grep -qw ${quoted(user)} || pveum user add ${quoted(user)}`]
      : []),
    `pveum user token list ${quoted(user)} --noborder --noheader | grep -qw ${quoted(token)} || pveum user token add ${quoted(user)} ${quoted(token)} --privsep 1`,
    ...[...roles].map(
      ([privileges, role]) =>
        `pveum role modify ${role} --privs ${quoted(privileges)} --append 1 2>/dev/null || pveum role add ${role} --privs ${quoted(privileges)}`,
    ),
    ...[...byPath].flatMap(([path, privileges]) => {
      const role = roles.get(privileges.join(',')) ?? '';
      return [
        `pveum acl modify ${quoted(path)} --users ${quoted(user)} --roles ${role}`,
        `pveum acl modify ${quoted(path)} --tokens ${quoted(tokenId)} --roles ${role}`,
      ];
    }),
  ];
}

/** Named for what lies at the path; numbered where several sets are for the same kind of thing. */
function roleName(path: string, taken: readonly string[]): string {
  const base = `Clusterwright${KINDS.find(([pattern]) => pattern.test(path))?.[1] ?? 'Access'}`;
  if (!taken.includes(base)) return base;
  let n = 2;
  while (taken.includes(`${base}${n}`)) n += 1;
  return `${base}${n}`;
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^\/$/, 'Audit'],
  [/^\/vms$/, 'Machines'],
  [/^\/vms\//, 'Templates'],
  [/^\/storage\//, 'Storage'],
  [/^\/sdn\//, 'Network'],
  [/^\/nodes/, 'Download'],
];

/** Single quotes keep `!` from a shell's history, and everything else from its grammar. */
function quoted(text: string): string {
  return /^[A-Za-z0-9_./,@:-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
