import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { foreignDhcpStep } from '../../domain/pxe/foreign-dhcp.js';
import { pxeServerStep, removePxeReservationsStep } from '../../domain/pxe/pxe-steps.js';
import { askForAddress } from './dhcp-client.js';
import { type Host, untilSays } from './host.js';
import { aPxeNetwork as aNetwork, type PxeLab, SERVER, startPxeLab, W1 } from './pxe-lab.js';
import { describeDeep } from './requirements.js';

const SETUP_TIMEOUT_MS = 600_000;
const W2 = { mac: 'bc:24:11:00:00:02', address: '10.77.0.102', hostname: 'other-worker-1' };

describeDeep('a PXE server on a real machine', () => {
  let lab: PxeLab | undefined;
  let bastion: Host;
  let client: Host;
  let run: PxeLab['run'];

  beforeAll(async () => {
    lab = await startPxeLab();
    ({ bastion, client, run } = lab);
  }, SETUP_TIMEOUT_MS);

  afterAll(() => lab?.stop());

  const ask = (kind: 'bios' | 'uefi' | 'ipxe', device = 'eth0') =>
    askForAddress(client, { device, client: kind });
  const lookUp = (...question: readonly string[]) =>
    client.run('dig', `@${SERVER}`, '+short', '+tries=1', '+time=2', ...question);
  const restarts = async (): Promise<number> =>
    (await bastion.sh('cat /run/systemctl.log')).split('\n').length - 1;

  test('is installed once, and left alone while nothing changes', async () => {
    expect(await run(pxeServerStep(aNetwork()))).toBe(true);
    const before = await restarts();

    expect(await run(pxeServerStep(aNetwork()))).toBe(false);
    expect(await restarts()).toBe(before);
  });

  test('gives a machine its reserved address, and tells it what the cluster says', async () => {
    expect(await ask('bios')).toMatchObject({
      ...{ ip: W1.address, subnet: '255.255.255.0', hostname: W1.hostname, domain: 'demo.internal' },
      ...{ router: '10.77.0.1', dns: '10.77.0.1', siaddr: SERVER, boot_file: 'undionly.kpxe' },
    });
  });

  test('gives each kind of firmware its own iPXE, and iPXE its script', async () => {
    expect((await ask('uefi'))?.boot_file).toBe('ipxe.efi');
    expect((await ask('ipxe'))?.boot_file).toBe('http://10.77.0.3:8090/ipxe/${net0/mac:hexhyp}');
  });

  test('does not answer a machine that it does not know', async () => {
    expect(await ask('bios', 'eth9')).toBeNull();
  });

  test('serves the firmware by TFTP, and no file beside it', async () => {
    await client.sh('ip address replace 10.77.0.50/24 dev eth0');
    const get = (file: string) => client.run('busybox', 'tftp', '-g', '-r', file, '-l', '/tmp/got', SERVER);

    for (const file of ['undionly.kpxe', 'ipxe.efi']) {
      expect(await get(file)).toMatchObject({ code: 0 });
      await client.sh(`cmp /tmp/got /usr/lib/ipxe/${file}`);
    }
    expect((await get('../../../etc/passwd')).code).not.toBe(0);
    expect((await get('/etc/passwd')).code).not.toBe(0);
  });

  test('offers no DNS unless it is asked to, and then the names of its cluster', async () => {
    expect(await lookUp('api.demo.internal')).not.toMatchObject({ code: 0 });
    const records = [{ name: 'api.demo.internal', address: '10.77.0.5' }];

    await run(pxeServerStep(aNetwork({ dns: { records } })));

    expect(await lookUp('api.demo.internal')).toMatchObject({ code: 0, stdout: '10.77.0.5\n' });
    expect(await lookUp('-x', '10.77.0.5')).toMatchObject({ code: 0, stdout: 'api.demo.internal.\n' });
    expect(await lookUp('other.demo.internal')).toMatchObject({ code: 0, stdout: '' });
    expect((await ask('bios'))?.dns).toBe(SERVER);

    await run(pxeServerStep(aNetwork()));
    expect(await lookUp('api.demo.internal')).not.toMatchObject({ code: 0 });
  });

  test('listens on its own interface alone', async () => {
    const sockets = await bastion.sh('ss -Hlunp | grep dnsmasq | tr -s " " | cut -d" " -f4 | sort');

    const all = sockets.trim().split('\n');
    expect(all).toEqual(expect.arrayContaining(['0.0.0.0%eth1:67', `${SERVER}:69`]));
    expect(all.filter((socket) => !/%eth1:|^10\.77\.0\.2:/.test(socket))).toEqual([]);
  });

  test('takes a changed reservation at once, though the address was leased to the machine before it', async () => {
    expect((await ask('bios'))?.ip).toBe(W1.address);
    const replacement = { ...W1, mac: 'bc:24:11:00:00:99' };

    await run(pxeServerStep(aNetwork({ reservations: [replacement] })));

    expect((await ask('bios', 'eth9'))?.ip).toBe(W1.address);
    expect(await ask('bios')).toBeNull();
    await run(pxeServerStep(aNetwork()));
    expect((await ask('bios'))?.ip).toBe(W1.address);
  });

  test('is finished by the next run when one broke off after it had written the configuration', async () => {
    const step = pxeServerStep(aNetwork({ reservations: [{ ...W1, address: '10.77.0.120' }] }));
    await expect(run({ ...step, act: 'exit 1' })).rejects.toThrow(/COMMAND_FAILED|command/);
    expect((await ask('bios'))?.ip).toBe(W1.address);

    expect(await run(step)).toBe(true);

    expect((await ask('bios'))?.ip).toBe('10.77.0.120');
    await run(pxeServerStep(aNetwork()));
  });

  test('serves several clusters that come and go at once, each by its own file', async () => {
    const other = aNetwork({ cluster: 'other', reservations: [W2], gateway: null, domain: 'other.internal' });
    await client.sh(`ip link set eth9 down; ip link set eth9 address ${W2.mac} up`);

    const changes = await Promise.all([
      run(pxeServerStep(other)),
      run(pxeServerStep(other)),
      run(pxeServerStep(aNetwork({ nameservers: ['10.77.0.9'] }))),
    ]);
    expect(changes).toContain(true);
    expect(await ask('bios')).toMatchObject({ ip: W1.address, router: '10.77.0.1', domain: 'demo.internal' });
    const answer = await ask('bios', 'eth9');
    expect(answer).toMatchObject({ ip: W2.address, domain: 'other.internal' });
    expect(answer?.router).toBeUndefined();

    await run(removePxeReservationsStep('demo'));

    expect(await ask('bios')).toBeNull();
    expect((await ask('bios', 'eth9'))?.ip).toBe(W2.address);
    expect(await run(removePxeReservationsStep('demo'))).toBe(false);
    await run(removePxeReservationsStep('other'));
    expect(await ask('bios', 'eth9')).toBeNull();
    expect(await bastion.sh('ls /etc/dnsmasq.d')).toBe('README\nclusterwright.conf\n');
  });

  test('is not removed by halves: a run that broke off before the restart is finished by the next one', async () => {
    await run(pxeServerStep(aNetwork()));
    const remove = removePxeReservationsStep('demo');
    const brokenOff = (remove.act ?? '').replace('systemctl restart dnsmasq', 'false');
    await expect(run({ ...remove, act: brokenOff })).rejects.toThrow();
    expect((await ask('bios'))?.ip).toBe(W1.address);

    expect(await run(remove)).toBe(true);

    expect(await ask('bios')).toBeNull();
  });

  test('a configuration that dnsmasq does not take is not left in its way', async () => {
    await bastion.sh('echo "no such option" > /etc/dnsmasq.d/foreign.conf');

    await expect(run(pxeServerStep(aNetwork()))).rejects.toThrow(/bad option/);

    expect(await bastion.sh('ls /etc/dnsmasq.d')).not.toContain('demo');
    await bastion.sh('rm /etc/dnsmasq.d/foreign.conf');
    expect(await run(pxeServerStep(aNetwork()))).toBe(true);
  });

  test("somebody else's DHCP server is found, and our own is none", async () => {
    await run(pxeServerStep(aNetwork()));
    await expect(run(foreignDhcpStep('eth1'))).resolves.toBe(true);
    await client.sh('ip address flush dev eth0; ip address add 10.77.0.7/24 dev eth0');
    const foreign = client.spawn(
      ...(['dnsmasq', '--keep-in-foreground', '--port=0', '--interface=eth0', '--bind-interfaces'] as const),
      ...['--dhcp-range=10.77.0.200,10.77.0.220,1h', '--leasefile-ro', '--log-facility=-'],
    );
    await untilSays(foreign, 'DHCP');

    await expect(run(foreignDhcpStep('eth1'))).rejects.toThrow(
      /another DHCP server answers on eth1: 10\.77\.0\.7/,
    );
  });
});
