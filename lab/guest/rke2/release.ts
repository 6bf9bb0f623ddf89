/** The files of a release of RKE2, as small as they can be. */
import { tarball, type TarballFile } from './tarball.js';

export const PROGRAM = 'rke2.linux-amd64.tar.gz';
const IMAGES = [
  'rke2-images',
  'rke2-images-core',
  'rke2-images-canal',
  'rke2-images-calico',
  'rke2-images-cilium',
];

/** By name; the list of their checksums is not among them. */
export function rke2Release(version: string): Readonly<Record<string, Uint8Array>> {
  const images = IMAGES.map((name) => [
    `${name}.linux-amd64.tar.zst`,
    Buffer.from(`${name} of RKE2 ${version}\n`),
  ]);
  return { [PROGRAM]: tarball(programFiles(version)), ...Object.fromEntries(images) };
}

function programFiles(version: string): TarballFile[] {
  return [
    {
      path: 'bin/rke2',
      mode: 0o755,
      content: `#!/bin/sh\nexec /usr/bin/simulated-rke2 ${version} "$@"\n`,
    },
    { path: 'bin/rke2-killall.sh', mode: 0o755, content: KILL_ALL },
    { path: 'bin/rke2-uninstall.sh', mode: 0o755, content: UNINSTALL },
    ...(['server', 'agent'] as const).flatMap((role) => [
      { path: `lib/systemd/system/rke2-${role}.env`, mode: 0o644, content: 'HOME=/root\n' },
      { path: `lib/systemd/system/rke2-${role}.service`, mode: 0o644, content: unit(role) },
    ]),
  ];
}

function unit(role: 'server' | 'agent'): string {
  return `[Unit]
Description=Rancher Kubernetes Engine v2 (${role})
Wants=network-online.target
After=network-online.target

[Install]
WantedBy=multi-user.target

[Service]
Type=notify
EnvironmentFile=-/etc/default/%N
EnvironmentFile=-/etc/sysconfig/%N
EnvironmentFile=-/usr/local/lib/systemd/system/%N.env
KillMode=process
Delegate=yes
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/local/bin/rke2 ${role}
`;
}

const KILL_ALL = `#!/bin/sh
for UNIT in rke2-server rke2-agent; do systemctl stop $UNIT || true; done
`;

const UNINSTALL = `#!/bin/sh
set -e
/usr/local/bin/rke2-killall.sh
for UNIT in rke2-server rke2-agent; do
  systemctl disable $UNIT || true
  rm -f /usr/local/lib/systemd/system/$UNIT.service /usr/local/lib/systemd/system/$UNIT.env
done
systemctl daemon-reload
rm -rf /etc/rancher/rke2 /var/lib/rancher/rke2 /var/lib/kubelet
rm -f /usr/local/bin/rke2 /usr/local/bin/rke2-killall.sh /usr/local/bin/rke2-uninstall.sh
`;
