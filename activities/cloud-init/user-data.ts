/** cloud-init's `user-data`: who may log in, what is installed and what runs at first boot. */
import { fail } from '../../domain/errors.js';
import { quotedYaml } from './quoted-yaml.js';

export interface UserData {
  readonly hostname: string;
  readonly fqdn: string;
  /** Gets passwordless sudo and no password of its own. */
  readonly user: string;
  readonly sshAuthorizedKeys: readonly string[];
  readonly packages: readonly string[];
  /** Shell lines; cloud-init makes one script of them. */
  readonly runCmd: readonly string[];
  /** Exported before the first of {@link runCmd}. */
  readonly environment: Readonly<Record<string, string>>;
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** @throws `INVALID_REQUEST` for the name of a variable that a shell does not take. */
export function userData(data: UserData): string {
  const { hostname, fqdn, user, sshAuthorizedKeys, packages, runCmd, environment } = data;
  const runcmd = [...exports(environment), ...runCmd];
  const document = {
    hostname,
    fqdn,
    preserve_hostname: false,
    manage_etc_hosts: true,
    ssh_pwauth: false,
    disable_root: true,
    users: [
      {
        name: user,
        shell: '/bin/bash',
        sudo: 'ALL=(ALL) NOPASSWD:ALL',
        lock_passwd: true,
        ssh_authorized_keys: sshAuthorizedKeys,
      },
    ],
    ...(packages.length === 0 ? {} : { package_update: true, packages }),
    ...(runcmd.length === 0 ? {} : { runcmd }),
  };
  return `#cloud-config\n${quotedYaml(document)}`;
}

/** One entry for all: what a line of the script exports is there for all lines after it. */
function exports(environment: Readonly<Record<string, string>>): string[] {
  const lines = Object.entries(environment).map(([name, value]) => {
    if (!VARIABLE.test(name)) throw fail('INVALID_REQUEST', `"${name}" cannot be the name of a variable`);
    return `export ${name}=${shellQuoted(value)}`;
  });
  return lines.length === 0 ? [] : [lines.join('\n')];
}

/** POSIX: nothing but the single quote means anything between single quotes. */
function shellQuoted(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
