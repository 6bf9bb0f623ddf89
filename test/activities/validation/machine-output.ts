/** What the script prints on a server of K3s that is sound, as its programs word it. */

const BUCKETS = [
  ['0.001', 20],
  ['0.002', 60],
  ['0.004', 100],
  ['0.008', 100],
  ['0.016', 100],
  ['0.032', 100],
  ['+Inf', 100],
] as const;

const METRICS = [
  ...BUCKETS.map(([le, count]) => `etcd_disk_wal_fsync_duration_seconds_bucket{le="${le}"} ${count}`),
  'etcd_disk_wal_fsync_duration_seconds_count 100',
  'etcd_server_has_leader 1',
  'etcd_mvcc_db_total_size_in_bytes 2.0e+07',
  'etcd_server_quota_backend_bytes 2.147483648e+09',
];

export const MACHINE_OUTPUT: Readonly<Record<string, string>> = {
  ntp: 'NTPSynchronized=yes',
  disks: 'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 100 40 60 40% /',
  inodes:
    'Filesystem Inodes IUsed IFree IUse% Mounted on\n/dev/sda1 100 5 95 5% /\n/dev/sda15 0 0 0 - /boot/efi',
  links:
    '1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue\n2: eth0: <BROADCAST,UP> mtu 1500 qdisc fq\\    link/ether bc:24',
  addresses:
    '1: lo    inet 127.0.0.2/8 scope host lo\n2: eth0    inet 127.0.0.1/24 brd 127.0.0.255 scope global eth0',
  routes: 'default via 10.1.107.1 dev eth0 proto static\n10.1.107.0/24 dev eth0',
  swaps: 'Filename\t\t\tType\t\tSize',
  failed: '',
  ports:
    'LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\nLISTEN 0 4096 *:6443 *:*\nLISTEN 0 4096 127.0.0.1:10255 0.0.0.0:*',
  memory: 'MemTotal:       4000000 kB\nMemFree:  100 kB\nMemAvailable:   2000000 kB',
  load: '0.10 0.20 0.30 1/200 4321',
  processors: '2',
  stat: 'cpu  1000 0 500 9000 10 0 5 20 0 0',
  'pressure-cpu': 'some avg10=1.00 avg60=2.00 avg300=1.00 total=123',
  'pressure-io':
    'some avg10=0.00 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.00 avg60=90.00 avg300=0.00 total=1',
  'pressure-memory': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=1',
  throttled: 'usage_usec 1\nnr_periods 1000\nnr_throttled 10',
  names: '+ api.edge.lab.internal\n+ api-int.edge.lab.internal',
  encryption: 'aescbc',
  'etcd-health': '{"health":"true","reason":""}',
  'etcd-metrics': METRICS.join('\n'),
};
