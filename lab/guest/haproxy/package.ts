/** What the package `haproxy` brings (Ubuntu 24.04). */
import type { PackageContents } from '../disk/packages.js';

const UNIT = `[Unit]
Description=HAProxy Load Balancer
After=network-online.target rsyslog.service
Wants=network-online.target

[Service]
EnvironmentFile=-/etc/default/haproxy
Environment="CONFIG=/etc/haproxy/haproxy.cfg" "PIDFILE=/run/haproxy.pid" "EXTRAOPTS=-S /run/haproxy-master.sock"
ExecStart=/usr/sbin/haproxy -Ws -f $CONFIG -p $PIDFILE $EXTRAOPTS
ExecReload=/usr/sbin/haproxy -Ws -f $CONFIG -c $EXTRAOPTS
ExecReload=/bin/kill -USR2 $MAINPID
KillMode=mixed
Restart=always
SuccessExitStatus=143
Type=notify

[Install]
WantedBy=multi-user.target
`;

const CONFIGURATION = `global
\tlog /dev/log\tlocal0
\tlog /dev/log\tlocal1 notice
\tchroot /var/lib/haproxy
\tstats socket /run/haproxy/admin.sock mode 660 level admin
\tstats timeout 30s
\tuser haproxy
\tgroup haproxy
\tdaemon

defaults
\tlog\tglobal
\tmode\thttp
\toption\thttplog
\toption\tdontlognull
\ttimeout connect 5000
\ttimeout client  50000
\ttimeout server  50000
\terrorfile 400 /etc/haproxy/errors/400.http
\terrorfile 503 /etc/haproxy/errors/503.http
`;

const ERROR_CODES = ['400', '403', '408', '500', '502', '503', '504'];

export const HAPROXY_PACKAGE: PackageContents = {
  version: '2.8.5-1ubuntu3',
  administration: ['haproxy'],
  account: { name: 'haproxy', home: '/var/lib/haproxy' },
  files: {
    '/etc/default/haproxy': '# Defaults file for HAProxy\n',
    '/etc/haproxy/haproxy.cfg': CONFIGURATION,
    ...Object.fromEntries(
      ERROR_CODES.map((code) => [`/etc/haproxy/errors/${code}.http`, `HTTP/1.0 ${code} Error\r\n\r\n`]),
    ),
    '/usr/lib/systemd/system/haproxy.service': UNIT,
    '/usr/lib/tmpfiles.d/haproxy.conf': 'd /run/haproxy 2775 haproxy haproxy -\n',
  },
  starts: 'haproxy',
};
