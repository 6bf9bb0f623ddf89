/** What the package `keepalived` brings (Ubuntu 24.04): no configuration, so that it does not start by itself. */
import type { PackageContents } from '../disk/packages.js';

const UNIT = `[Unit]
Description=Keepalive Daemon (LVS and VRRP)
After=network-online.target
Wants=network-online.target
ConditionFileNotEmpty=/etc/keepalived/keepalived.conf

[Service]
Type=notify
EnvironmentFile=-/etc/default/keepalived
ExecStart=/usr/sbin/keepalived --dont-fork $DAEMON_ARGS
ExecReload=/bin/kill -HUP $MAINPID

[Install]
WantedBy=multi-user.target
`;

export const KEEPALIVED_PACKAGE: PackageContents = {
  version: '1:2.2.8-1build2',
  administration: ['keepalived'],
  files: {
    '/etc/default/keepalived': '# Options to pass to keepalived\nDAEMON_ARGS=""\n',
    '/etc/keepalived/keepalived.conf.sample': '! Configuration File for keepalived\n',
    '/usr/lib/systemd/system/keepalived.service': UNIT,
  },
  starts: 'keepalived',
};
