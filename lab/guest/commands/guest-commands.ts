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
import { dig, getent } from './names.js';
import { ip, ss } from './networking.js';
import { aptMark } from './apt-mark.js';
import { aptCommand, aptGet, dpkg, dpkgQuery } from './packages.js';
import { halt, poweroff, reboot, shutdown } from './power.js';
import { kill, pgrep, pidof } from './processes.js';
import { bash, sh } from './sh.js';
import { socat } from './socat.js';
import { sudo } from './sudo.js';
import { systemctl } from './systemctl.js';
import { containerd } from '../containerd/command.js';
import { crictl } from '../containerd/crictl.js';
import { ctr } from '../containerd/ctr.js';
import { dnsmasq } from '../dnsmasq/command.js';
import { haproxy } from '../haproxy/command.js';
import { keepalived } from '../keepalived/command.js';
import { simulatedK3s } from '../k3s/k3s.js';
import { simulatedBootkube } from '../okd/bootkube.js';
import { simulatedOkdKubelet } from '../okd/kubelet.js';
import { simulatedOc } from '../okd/oc.js';
import { simulatedOpenshiftInstall } from '../okd/openshift-install.js';
import { simulatedRke2 } from '../rke2/rke2.js';
import { kubeadm } from '../kubeadm/command.js';
import { kubelet } from '../kubeadm/kubelet.js';
import { kubectl } from '../kubectl/command.js';
import { nft } from '../nftables/command.js';

/** Programs of `/usr/sbin`. */
export const ADMINISTRATION: readonly GuestCommand[] = [
  ...[halt, lsmod, modprobe, poweroff, reboot, shutdown, swapoff, sysctl],
];

/** They come with packages. */
export const PACKAGED_COMMANDS: readonly GuestCommand[] = [
  dig,
  haproxy,
  keepalived,
  socat,
  ...[containerd, crictl, ctr, kubeadm, kubectl, kubelet],
  dnsmasq,
  nft,
];

export const GUEST_COMMANDS: readonly GuestCommand[] = [
  ...ADMINISTRATION,
  ...PACKAGED_COMMANDS,
  ...[
    aptCommand,
    aptGet,
    aptMark,
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
  ...[cat, getent, grep, kill, ls, md5sum, pgrep, pidof, sha1sum, sha256sum, sha512sum, stat],
  ...[simulatedDaemon, simulatedK3s, simulatedRke2, simulatedSshd],
  ...[simulatedBootkube, simulatedOc, simulatedOkdKubelet, simulatedOpenshiftInstall],
];
