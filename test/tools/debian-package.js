/** Installs a Debian package that a test needs, where that is possible: as root, on a Debian. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** @returns whether the program is there afterwards. */
export function ensureProgram(program, debianPackage) {
  if (has(program)) return true;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  const options = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  execFileSync('apt-get', ['update'], options);
  execFileSync('apt-get', ['install', '--yes', '--no-install-recommends', debianPackage], options);
  return has(program);
}

function has(program) {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(`${folder}/${program}`));
}
