/** Whether this machine can hold the deep lab: real servers in network namespaces that the tests make themselves. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe } from '@jest/globals';

const PROGRAMS = ['apt-get', 'chroot', 'dpkg-deb', 'flock', 'ip', 'nsenter', 'unshare'];
/** What each host of the deep lab does first. */
const TRIAL = ['--net', '--mount', '--pid', '--fork', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'];

/** `null`: it can. */
export function whatIsMissing(): string | null {
  if (process.platform !== 'linux') return 'Linux';
  if (process.getuid?.() !== 0) return 'root';
  if (!existsSync('/etc/debian_version')) return 'Debian, whose packages the servers are';
  const missing = PROGRAMS.filter((program) => !isThere(program));
  if (missing.length > 0) return `the programs ${missing.join(', ')}`;
  return spawnSync('unshare', TRIAL).status === 0 ? null : 'the right to make network and mount namespaces';
}

/** Tests that run where the machine allows it, and say why where it does not. */
export function describeDeep(name: string, tests: () => void): void {
  const missing = whatIsMissing();
  if (missing === null) return describe(name, tests);
  process.stderr.write(`Skipped: ${name} (the deep lab needs ${missing}).\n`);
  describe.skip(name, tests);
}

function isThere(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(`${folder}/${program}`));
}
