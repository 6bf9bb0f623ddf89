/** Shell lines that look for packages of Debian and Ubuntu, and install them. */

const LOCK_TIMEOUT_SECONDS = 300;

/** One condition. A removed package whose settings are still there is known to dpkg, too: that one is not installed. */
export function isInstalled(packages: readonly string[]): string {
  return packages
    .map((name) => `dpkg-query -W -f '\${Status}\\n' ${name} 2>/dev/null | grep -qx 'install ok installed'`)
    .join(' && ');
}

/**
 * Installs what is missing. Files of ours that a package would bring itself are kept: it must not ask which to keep.
 * @param before lines that run before the package is there, such as those that keep it from serving at once.
 */
export function installPackages(packages: readonly string[], before: readonly string[] = []): string[] {
  return [
    `if ! { ${isInstalled(packages)}; }; then`,
    ...before.map((line) => `  ${line}`),
    '  export DEBIAN_FRONTEND=noninteractive',
    '  apt-get update -q',
    // Another run, or the machine's own upgrades, may hold the lock.
    '  apt-get install -y -q --no-install-recommends' +
      ` -o DPkg::Lock::Timeout=${LOCK_TIMEOUT_SECONDS} -o Dpkg::Options::=--force-confold ${packages.join(' ')}`,
    'fi',
  ];
}
