/** All programs that a guest has beside those of just-bash. */
import type { GuestCommand } from '../shell/guest-command.js';
import { cloudInit } from './cloud-init.js';
import { curl } from './curl.js';
import { md5sum, sha1sum, sha256sum, sha512sum } from './digests.js';
import { simulatedDaemon, simulatedSshd } from './daemons.js';
import { chown, install, mktemp, umask } from './files.js';
import { grep } from './grep.js';
import { hostname, hostnamectl, timedatectl, uname } from './host.js';
import { id, whoami } from './identity.js';
import { journalctl } from './journalctl.js';
import { cat, ls, stat } from './listing.js';
import { lsmod, modprobe, swapoff, sysctl } from './kernel.js';
import { ip, ss } from './networking.js';
import { aptCommand, aptGet, dpkg, dpkgQuery } from './packages.js';
import { halt, poweroff, reboot, shutdown } from './power.js';
import { bash, sh } from './sh.js';
import { sudo } from './sudo.js';
import { systemctl } from './systemctl.js';
import { dnsmasq } from '../dnsmasq/command.js';
import { simulatedK3s } from '../k3s/command.js';
import { nft } from '../nftables/command.js';

/** Programs of `/usr/sbin`. */
export const ADMINISTRATION: readonly GuestCommand[] = [
  ...[halt, lsmod, modprobe, poweroff, reboot, shutdown, swapoff, sysctl],
];

/** They come with packages. */
export const PACKAGED_COMMANDS: readonly GuestCommand[] = [dnsmasq, nft];

export const GUEST_COMMANDS: readonly GuestCommand[] = [
  ...ADMINISTRATION,
  ...PACKAGED_COMMANDS,
  ...[
    aptCommand,
    aptGet,
    bash,
    chown,
    cloudInit,
    curl,
    dpkg,
    dpkgQuery,
    hostname,
    hostnamectl,
    id,
    install,
    ip,
  ],
  ...[journalctl, mktemp, sh, ss, sudo, systemctl, timedatectl, umask, uname, whoami],
  ...[cat, grep, ls, md5sum, sha1sum, sha256sum, sha512sum, stat],
  ...[simulatedDaemon, simulatedK3s, simulatedSshd],
];
