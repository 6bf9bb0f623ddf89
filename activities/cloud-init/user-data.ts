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
  /** Where this comes from is gone after the first boot. */
  readonly isFetchedOnce?: boolean;
}

/**
 * A cloud-init that is told where to fetch its configuration, and finds nothing there at a later boot, takes the machine
 * for another one: it makes new SSH host keys and forgets the network. This makes it trust what it found at first.
 */
const KEEP_INSTANCE = {
  path: '/etc/cloud/cloud.cfg.d/99-keep-instance.cfg',
  content: 'manual_cache_clean: true\n',
  permissions: '0644',
};

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** @throws `INVALID_REQUEST` for the name of a variable that a shell does not take. */
export function userData(data: UserData): string {
  const { hostname, fqdn, user, sshAuthorizedKeys, packages, runCmd, environment } = data;
  const runcmd = [...shellExports(environment), ...runCmd];
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
        ...(sshAuthorizedKeys.length === 0 ? {} : { ssh_authorized_keys: sshAuthorizedKeys }),
      },
    ],
    ...(data.isFetchedOnce === true ? { write_files: [KEEP_INSTANCE] } : {}),
    ...(packages.length === 0 ? {} : { package_update: true, packages }),
    ...(runcmd.length === 0 ? {} : { runcmd }),
  };
  return `#cloud-config\n${quotedYaml(document)}`;
}

/** One entry for all: what a line of the script exports is there for all lines after it. @throws `INVALID_REQUEST` */
export function shellExports(environment: Readonly<Record<string, string>>): string[] {
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
