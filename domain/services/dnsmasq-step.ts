/** dnsmasq with one file of ours, on a machine of its own. */
import type { GuestStep } from '../guest-step.js';
import { checkedFileStep, type Condition } from './checked-file.js';

export interface DnsmasqService {
  /** Part of the names of the step and of the file. */
  readonly service: 'dns' | 'dhcp';
  readonly title: string;
  readonly cluster: string;
  /** That is served on, and must have {@link address}. */
  readonly interface: string;
  readonly address: string;
  readonly content: string;
  readonly isServing: readonly Condition[];
}

/** A cluster's name has no dot: no file is ever taken for another cluster's. */
export function dnsmasqPath(cluster: string, service: DnsmasqService['service']): string {
  return `/etc/dnsmasq.d/clusterwright-${cluster}.${service}.conf`;
}

/** All texts must have been held against their grammars. */
export function dnsmasqStep(wanted: DnsmasqService): GuestStep {
  const { service, cluster, interface: device, address } = wanted;
  return checkedFileStep({
    id: `${service}-server-${cluster}`,
    title: wanted.title,
    packages: ['dnsmasq'],
    unit: 'dnsmasq',
    file: { path: dnsmasqPath(cluster, service), mode: '0644', content: wanted.content },
    scripts: [],
    // Debian starts what it installs, and this one would answer everybody's questions until it has its file.
    standIn: 'port=0\n',
    check: (candidate) => `dnsmasq --test --conf-file=${candidate}`,
    // It reads such a file only when it starts. It keeps no connections: who asks meanwhile asks again.
    change: 'restart',
    isServing: [
      {
        test: `ip -o address show dev ${device} | grep -qF ' ${address}/'`,
        otherwise: `${device} does not have the address ${address}`,
      },
      ...wanted.isServing,
    ],
  });
}
