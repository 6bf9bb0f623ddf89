/** A real dnsmasq as the nameserver and the DHCP server of a cluster, asked by other machines. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DhcpNetwork } from '../../domain/dhcp/dhcp-network.js';
import { dhcpServerSteps } from '../../domain/dhcp/dhcp-steps.js';
import { clusterRecords } from '../../domain/dns/cluster-records.js';
import { dnsServerSteps } from '../../domain/dns/dns-steps.js';
import type { DnsServer } from '../../domain/dns/dnsmasq-dns-config.js';
import { verifyDnsStep } from '../../domain/dns/verify-dns.js';
import type { GuestStep } from '../../domain/guest-step.js';
import { askForAddress } from './dhcp-client.js';
import { type Host, untilSays } from './host.js';
import { type PxeLab, SERVER, startPxeLab, W1 } from './pxe-lab.js';
import { describeDeep } from './requirements.js';

const SETUP_TIMEOUT_MS = 600_000;

const OUTSIDE = '192.0.2.2';
const NAMES = {
  ...{ cluster: 'demo', domain: 'lab.internal', api: '10.77.0.5', apiInternal: '10.77.0.5' },
  ...{ ingress: '10.77.0.6', nodes: [{ name: 'demo-worker-1', address: W1.address }] },
};

function aDnsServer(change: Partial<DnsServer> = {}): DnsServer {
  return {
    ...{ cluster: 'demo', interface: 'eth1', address: SERVER, domain: 'demo.lab.internal' },
    ...{ nameservers: ['10.77.0.3'], records: clusterRecords(NAMES) },
    ...change,
  };
}

function aDhcpNetwork(change: Partial<DhcpNetwork> = {}): DhcpNetwork {
  return {
    ...{ cluster: 'demo', interface: 'eth1', subnet: '10.77.0.0/24', serverAddress: SERVER },
    ...{ gateway: '10.77.0.1', nameservers: [SERVER, '10.77.0.4'], ntpServers: ['10.77.0.1'] },
    ...{ domain: 'demo.lab.internal', reservations: [W1], dhcpRange: null },
    ...change,
  };
}

describeDeep('on a real machine', () => {
  let lab: PxeLab | undefined;
  let machine: Host;
  let client: Host;

  beforeAll(async () => {
    lab = await startPxeLab();
    ({ bastion: machine, client } = lab);
    await lab.wire.plugIn(machine, { name: 'eth2', mac: '02:00:00:00:00:22', address: `${OUTSIDE}/24` });
    // The two are on one wire here: without it each would say of the other's address that it is its own.
    await machine.sh('echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore');
    await client.sh('ip address add 10.77.0.50/24 dev eth0; ip address add 192.0.2.50/24 dev eth0');
    const upstream = lab.service.spawn(
      ...(['dnsmasq', '--no-daemon', '--no-resolv', '--no-hosts', '--log-queries'] as const),
      ...['--host-record=elsewhere.example,192.0.2.80', '--address=/lab.internal/192.0.2.81'],
    );
    await untilSays(upstream, 'started');
  }, SETUP_TIMEOUT_MS);

  afterAll(() => lab?.stop());

  const run = async (steps: readonly GuestStep[]): Promise<boolean[]> => {
    const changes = [];
    for (const step of steps) changes.push((await lab?.run(step)) ?? false);
    return changes;
  };
  const dig = (...question: readonly string[]) => client.run('dig', '+tries=1', '+time=2', ...question);
  const lookUp = async (...question: readonly string[]) =>
    (await dig(`@${SERVER}`, '+short', ...question)).stdout.trim();

  test('a nameserver knows the names of its cluster, forwards and back, and asks others for the rest', async () => {
    expect(await run(dnsServerSteps(aDnsServer()))).toEqual([true]);
    expect(await run(dnsServerSteps(aDnsServer()))).toEqual([false]);

    expect(await lookUp('api.demo.lab.internal')).toBe('10.77.0.5');
    expect(await lookUp('api-int.demo.lab.internal')).toBe('10.77.0.5');
    expect(await lookUp('console.apps.demo.lab.internal')).toBe('10.77.0.6');
    expect(await lookUp('demo-worker-1.demo.lab.internal')).toBe(W1.address);
    expect(await lookUp('-x', W1.address)).toBe('demo-worker-1.demo.lab.internal.');
    expect(await lookUp('elsewhere.example')).toBe('192.0.2.80');
  });

  test('a name that the cluster does not have is asked of nobody else', async () => {
    const { stdout } = await dig(`@${SERVER}`, 'other.demo.lab.internal');

    expect(stdout).toContain('NXDOMAIN');
    expect(await lookUp('lab.internal')).toBe('192.0.2.81');
    expect((await dig(`@${SERVER}`, 'api.demo.lab.internal', 'AAAA')).stdout).toContain('NOERROR');
  });

  test('nobody is answered on another interface', async () => {
    expect((await dig(`@${OUTSIDE}`, 'api.demo.lab.internal')).code).not.toBe(0);
  });

  test('the names of a machine that comes are there at once, and those of one that goes are gone', async () => {
    const records = clusterRecords({
      ...NAMES,
      nodes: [{ name: 'demo-worker-2', address: '10.77.0.102' }],
    });

    expect(await run(dnsServerSteps(aDnsServer({ records })))).toEqual([true]);

    expect(await lookUp('demo-worker-2.demo.lab.internal')).toBe('10.77.0.102');
    expect(await lookUp('demo-worker-1.demo.lab.internal')).toBe('');
    expect(await run(dnsServerSteps(aDnsServer()))).toEqual([true]);
  });

  test('a file that dnsmasq does not take leaves the one before it in use', async () => {
    const steps = dnsServerSteps(aDnsServer()).map((step) => ({
      ...step,
      files: step.files.map((file) => ({ ...file, content: `${file.content}no-such-option\n` })),
    }));

    await expect(run(steps)).rejects.toThrow(/bad option[^]*refused, and nothing was changed/);

    expect(await lookUp('api.demo.lab.internal')).toBe('10.77.0.5');
    await run(dnsServerSteps(aDnsServer()));
  });

  test('a nameserver on an interface without its address is taken back', async () => {
    const steps = dnsServerSteps(aDnsServer({ interface: 'eth2' }));

    await expect(run(steps)).rejects.toThrow(/eth2 does not have the address 10\.77\.0\.2[^]*is active/);

    expect(await lookUp('api.demo.lab.internal')).toBe('10.77.0.5');
    await run(dnsServerSteps(aDnsServer()));
  });

  test('a machine that looks names up says which of them are wrong', async () => {
    await machine.sh(`echo nameserver ${SERVER} > /etc/resolv.conf`);

    expect(await run([verifyDnsStep(clusterRecords(NAMES))])).toEqual([false]);

    const wrong = verifyDnsStep(clusterRecords({ ...NAMES, ingress: '10.77.0.7' }));
    await expect(run([{ ...wrong, timeoutSeconds: 1 }])).rejects.toThrow(
      /clusterwright-check\.apps\.demo\.lab\.internal must be 10\.77\.0\.7, and is: 10\.77\.0\.6/,
    );
    const missing = verifyDnsStep([{ name: 'none.demo.lab.internal', address: '10.77.0.8' }]);
    await expect(run([{ ...missing, timeoutSeconds: 1 }])).rejects.toThrow(
      /must be 10\.77\.0\.8, and is: not known/,
    );
  });

  test('DHCP gives a machine its own address and what it needs to know, and strangers nothing', async () => {
    await machine.sh('rm /etc/dnsmasq.d/clusterwright-demo.dns.conf');
    expect(await run(dhcpServerSteps(aDhcpNetwork()))).toEqual([true]);
    expect(await run(dhcpServerSteps(aDhcpNetwork()))).toEqual([false]);

    expect(await askForAddress(client, { device: 'eth0', client: 'bios' })).toMatchObject({
      ...{ ip: W1.address, subnet: '255.255.255.0', hostname: W1.hostname, router: '10.77.0.1' },
      ...{ dns: `${SERVER} 10.77.0.4`, domain: 'demo.lab.internal' },
    });
    expect(await askForAddress(client, { device: 'eth9', client: 'bios' })).toBeNull();
    expect(await lookUp('api.demo.lab.internal')).not.toBe('10.77.0.5');
  });
});
