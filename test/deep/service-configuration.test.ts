/** What is rendered for the services is what the programs' own checks take, and what they take is what they do. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dnsmasqDhcpConfig } from '../../domain/dhcp/dnsmasq-dhcp-config.js';
import { clusterRecords } from '../../domain/dns/cluster-records.js';
import { dnsmasqDnsConfig } from '../../domain/dns/dnsmasq-dns-config.js';
import { haproxyConfig } from '../../domain/load-balancer/haproxy-config.js';
import { HAPROXY_CHECK, keepalivedConfig } from '../../domain/load-balancer/keepalived-config.js';
import type { LoadBalancer } from '../../domain/load-balancer/load-balancer.js';
import { dnsmasqConfig } from '../../domain/pxe/dnsmasq-config.js';
import { aDhcpNetwork } from '../domain/dhcp/networks.js';
import { aDualHomedPair, aLoadBalancer, anIpv6Pair, aPair } from '../domain/load-balancer/load-balancers.js';
import type { Host } from './host.js';
import { aPxeNetwork, type PxeLab, SERVER, startPxeLab, W1 } from './pxe-lab.js';
import { describeDeep } from './requirements.js';

const SETUP_TIMEOUT_MS = 600_000;

const NAMES = {
  ...{ cluster: 'demo', domain: 'lab.internal', api: '10.77.0.5', apiInternal: '10.77.0.5' },
  ...{ ingress: '10.77.0.6', nodes: [{ name: 'demo-worker-1', address: W1.address }] },
};
const DNS = {
  ...{ cluster: 'demo', interface: 'eth1', address: SERVER, domain: 'demo.lab.internal' },
  ...{ nameservers: ['10.77.0.3'], records: clusterRecords(NAMES) },
};

describeDeep('what is rendered for the services of a cluster', () => {
  let lab: PxeLab | undefined;
  let machine: Host;

  beforeAll(async () => {
    lab = await startPxeLab();
    machine = lab.bastion;
    await lab.wire.plugIn(machine, { name: 'eth2', mac: '02:00:00:00:00:22', address: '192.0.2.2/24' });
    await machine.sh(`cat > ${HAPROXY_CHECK.path}; chmod 755 ${HAPROXY_CHECK.path}`, HAPROXY_CHECK.content);
  }, SETUP_TIMEOUT_MS);

  afterAll(() => lab?.stop());

  const isTaken = async (text: string, ...check: readonly [string, ...string[]]): Promise<void> => {
    const [program, ...args] = check;
    const judge = async (content: string): Promise<string> => {
      await machine.sh('cat > /tmp/candidate', content);
      const { code, stdout, stderr } = await machine.run(
        ...(['sh', '-c', 'cd / && exec "$@"', 'sh', program, ...args, '/tmp/candidate'] as const),
      );
      return code === 0 ? 'taken' : stdout + stderr;
    };
    expect(await judge(text)).toBe('taken');
    expect(await judge(`${text}no-such-keyword\n`)).toMatch(/no-such-keyword|bad option/);
  };

  /** The interfaces and addresses that the machine has. */
  const onThisMachine = (loadBalancer: LoadBalancer): LoadBalancer => {
    const { privateSide, publicSide } = loadBalancer;
    return {
      ...loadBalancer,
      privateSide: { ...privateSide, interface: 'eth1' },
      publicSide: publicSide === null ? null : { ...publicSide, interface: 'eth2' },
    };
  };

  test.each([
    ['one load balancer', aLoadBalancer()],
    ['one that forwards to no machine', aLoadBalancer({ machines: [] })],
    ['two', aPair()],
    ['two with all services, two sides and a bootstrap machine', aDualHomedPair()],
    ['two in an IPv6 network', anIpv6Pair()],
  ])('HAProxy takes the file for %s', async (_, loadBalancer) => {
    await isTaken(haproxyConfig(loadBalancer, 'demo-lb-1'), 'haproxy', '-c', '-f');
  });

  test.each([
    ['two load balancers', aPair()],
    ['two without a secret', aPair({ pairSecret: null })],
    ['two with two sides', aDualHomedPair()],
    ['two in an IPv6 network', anIpv6Pair()],
  ])('keepalived takes the file for %s', async (_, pair) => {
    const text = keepalivedConfig(onThisMachine(pair), 'demo-lb-2').replaceAll('{{secret:pair}}', 'c0ffee42');

    await isTaken(text, 'keepalived', '-t', '-f');
  });

  test.each([
    ['DNS', dnsmasqDnsConfig(DNS)],
    ['DNS for IPv6', dnsmasqDnsConfig({ ...DNS, records: clusterRecords({ ...NAMES, api: 'fd00::5' }) })],
    ['DHCP', dnsmasqDhcpConfig(aDhcpNetwork({ ntpServers: ['10.1.107.1', '192.0.2.123'] }))],
    ['DHCP without anything to say', dnsmasqDhcpConfig(aDhcpNetwork({ gateway: null, nameservers: [] }))],
    ['PXE', dnsmasqConfig(aPxeNetwork({ dns: { records: [{ name: 'api.demo', address: '10.77.0.5' }] } }))],
  ])('dnsmasq takes the file for %s', async (_, text) => {
    await isTaken(text, 'dnsmasq', '--test', '-C');
  });
});
