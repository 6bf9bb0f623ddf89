/** What is done on a machine to install K3s and to start it. */
import type { GuestStep } from '../../domain/guest-step.js';

export type K3sKind = 'server' | 'agent';

/** Name of the systemd unit that the installer makes. */
export function serviceOf(kind: K3sKind): string {
  return kind === 'server' ? 'k3s' : 'k3s-agent';
}

/** Installs the binary and the unit, and does not start it: there is no configuration yet. */
export function installStep(options: { kind: K3sKind; version: string; installUrl: string }): GuestStep {
  const { kind, version, installUrl } = options;
  const isInstalled =
    `/usr/local/bin/k3s --version | grep -qF 'k3s version ${version} '` +
    ` && test -f /etc/systemd/system/${serviceOf(kind)}.service`;
  return {
    id: 'install-k3s',
    title: `Install K3s ${version} (${kind})`,
    files: [],
    observe: isInstalled,
    act: [
      // Not piped into the shell: a download that breaks off must not run half an installer.
      `curl -sfL -o /tmp/k3s-install.sh '${installUrl}'`,
      `export INSTALL_K3S_VERSION='${version}' INSTALL_K3S_EXEC='${kind}' INSTALL_K3S_SKIP_START=true`,
      'sh /tmp/k3s-install.sh',
      'rm -f /tmp/k3s-install.sh',
    ].join('\n'),
    verify: isInstalled,
    timeoutSeconds: 600,
  };
}

/** Writes the configuration and starts the service; a machine that runs with this configuration is left alone. */
export function startStep(kind: K3sKind, config: string): GuestStep {
  const service = serviceOf(kind);
  return {
    id: kind === 'server' ? 'start-server' : 'start-agent',
    title: `Start the K3s ${kind}`,
    files: [{ path: '/etc/rancher/k3s/config.yaml', mode: '0600', content: config }],
    observe: `systemctl is-active --quiet ${service}`,
    // `restart` also starts, and makes a unit that runs without this configuration read it. It waits until the
    // server serves, so it must not hold the connection for longer than the step is given.
    act: `systemctl enable ${service}\nsystemctl restart --no-block ${service}`,
    verify: `systemctl is-active --quiet ${service}`,
    timeoutSeconds: 600,
  };
}
