/** What kubeadm expects of a machine (https://kubernetes.io/docs/setup/production-environment/container-runtimes/). */
import type { GuestStep } from '../../domain/guest-step.js';

const MODULES = ['overlay', 'br_netfilter'];
const SYSCTLS = {
  'net.bridge.bridge-nf-call-iptables': '1',
  'net.bridge.bridge-nf-call-ip6tables': '1',
  'net.ipv4.ip_forward': '1',
};
/** Left alone where it is not needed: a machine that forwards takes no address from router advertisements any more. */
const IPV6_SYSCTLS = { 'net.ipv6.conf.all.forwarding': '1' };
const MODULES_FILE = '/etc/modules-load.d/90-kubernetes.conf';
const SYSCTL_FILE = '/etc/sysctl.d/90-kubernetes.conf';

/** @param hasIpv6 whether pods have addresses of IPv6. */
export function kernelStep(hasIpv6: boolean): GuestStep {
  const settings = Object.entries(hasIpv6 ? { ...SYSCTLS, ...IPV6_SYSCTLS } : SYSCTLS);
  const isSet = settings
    .map(([key, value]) => `test "$(cat /proc/sys/${key.replaceAll('.', '/')})" = ${value}`)
    .join('\n');
  return {
    id: 'prepare-kernel',
    title: 'Load kernel modules, let packets through',
    besideNext: true,
    files: [
      { path: MODULES_FILE, mode: '0644', content: MODULES.map((name) => `${name}\n`).join('') },
      {
        path: SYSCTL_FILE,
        mode: '0644',
        content: settings.map(([key, value]) => `${key} = ${value}\n`).join(''),
      },
    ],
    observe: isSet,
    act: `modprobe -a ${MODULES.join(' ')}\nsysctl -q -p ${SYSCTL_FILE}`,
    verify: isSet,
    timeoutSeconds: 60,
  };
}

/** The kubelet does not start beside swap. A line of `/etc/fstab` would bring it back at the next boot. */
export function swapStep(): GuestStep {
  const isOff =
    'test "$(wc -l < /proc/swaps)" -le 1\n' +
    `if grep -qE '^[^#]\\S*\\s+\\S+\\s+swap\\s' /etc/fstab; then exit 1; fi`;
  return {
    id: 'disable-swap',
    title: 'Switch swap off, for good',
    besideNext: true,
    files: [],
    observe: isOff,
    act: `swapoff -a\nsed -i -E 's/^([^#]\\S*\\s+\\S+\\s+swap\\s.*)$/# \\1/' /etc/fstab`,
    verify: isOff,
    timeoutSeconds: 60,
  };
}
