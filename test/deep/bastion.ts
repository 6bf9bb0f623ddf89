/** A machine with a real OpenSSH server, as the product finds one: a user with a key who may become root. */
import { type Host, untilSays } from './host.js';

export const SSH_PORT = 2222;
export const USER = 'admin';

/**
 * Stands in for systemd, which is not the init of a namespace. It runs what the unit files of Debian's packages say:
 * their checks, their main program, their process id.
 */
const SYSTEMCTL = String.raw`#!/bin/sh
set -u
verb=$1; shift
quiet=; for name; do case $name in --quiet) quiet=1 ;; -*) ;; *) unit=$name ;; esac; done
file=/lib/systemd/system/$unit.service
setting() { sed -n "s/^$1=//p" "$file"; }
pid_file() { setting PIDFile | grep . || echo "/run/systemctl.$unit.pid"; }
is_active() { pid=$(cat "$(pid_file)" 2>/dev/null) && grep -q '^State:[^Z]*$' "/proc/$pid/status" 2>/dev/null; }
stop() {
  is_active || return 0
  kill "$pid"
  while test -d "/proc/$pid"; do read -r _ _ state _ < "/proc/$pid/stat" || break; test "$state" != Z || break; done
}
start() {
  is_active && return 0
  setting ExecStartPre | sh -eu || return
  if test "$(setting Type)" = notify; then
    sh -c "exec $(setting ExecStart)" 9>&- < /dev/null >> "/var/log/$unit.log" 2>&1 &
    echo $! > "$(pid_file)"
  else
    setting ExecStart | sh -eu 9>&-
  fi && is_active
}
# Jobs of one unit never run at once. What is started does not get the lock with it.
exec 9> /run/systemctl.lock
flock 9
test -e "$file" || { echo "Unit $unit.service could not be found." >&2; exit 5; }
# What is exported is what ExecStart and ExecReload name.
test -z "$(setting Environment)" || eval "export $(setting Environment)"
case $verb in
  start | stop) $verb ;;
  restart) echo restart >> /run/systemctl.log; { stop; start; } >> /var/log/$unit.log 2>&1 ;;
  reload) echo reload >> /run/systemctl.log; is_active || exit 1
    MAINPID=$pid; export MAINPID; setting ExecReload | sh -eu 9>&- ;;
  is-active) if is_active; then state=active; else state=inactive; fi
    test -n "$quiet" || echo $state
    test $state = active || exit 3 ;;
  enable) mkdir -p /etc/systemd/system/multi-user.target.wants
    ln -sf "$file" /etc/systemd/system/multi-user.target.wants/ ;;
  reset-failed) ;;
  *) echo "Unknown command verb $verb." >&2; exit 1 ;;
esac
`;
const JOURNALCTL = '#!/bin/sh\nwhile test "$1" != -u; do shift; done\nexec tail -n 20 "/var/log/$2.log"\n';

const SSHD = `
Port ${SSH_PORT}
HostKey /etc/ssh/ssh_host_ed25519_key
PasswordAuthentication no
UsePAM no
PidFile /run/sshd.pid
`;

/** @param publicKey a line for `authorized_keys`. */
export async function startBastion(host: Host, publicKey: string): Promise<void> {
  await host.sh('cat > /usr/local/bin/systemctl', SYSTEMCTL);
  await host.sh('cat > /usr/local/bin/journalctl', JOURNALCTL);
  await host.sh('chmod 755 /usr/local/bin/systemctl /usr/local/bin/journalctl; hostname bastion');
  await host.sh('echo 127.0.0.1 localhost bastion > /etc/hosts');
  await host.sh(`mkdir -p -m 700 ~${USER}/.ssh; cat > ~${USER}/.ssh/authorized_keys`, `${publicKey}\n`);
  await host.sh(`chown -R ${USER}: ~${USER}/.ssh; usermod -p '*' ${USER}`);
  await host.sh('cat > /etc/ssh/sshd_config', SSHD);
  await host.sh("ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; mkdir -p /run/sshd");
  await untilSays(host.spawn('/usr/sbin/sshd', '-D', '-e'), 'Server listening');
}
