import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pino from 'pino';
import { createBootApp } from '../../api/boot/app.js';
import { pxeServerStep } from '../../domain/pxe/pxe-steps.js';
import { bootFromNetwork, INITRD, KERNEL, writeBootFiles } from './diskless-machine.js';
import { aPxeNetwork, BOOT_SERVICE, BOOT_URL, type PxeLab, startPxeLab, W1 } from './pxe-lab.js';
import { describeDeep } from './requirements.js';

const SETUP_TIMEOUT_MS = 600_000;
const BOOT_TIMEOUT_MS = 280_000;
const REPORT_PORT = 8_091;
const MACHINE_UUID = '5b0d8f6e-0000-4000-8000-000000000001';
const DOCUMENTS = {
  userData: '#cloud-config\nhostname: demo-worker-1\n',
  metaData: '{"instance-id":"demo-worker-1"}\n',
  vendorData: '',
  networkConfig: 'version: 2\n',
};

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

describeDeep('a machine without a disk', () => {
  const reports: URLSearchParams[] = [];
  const servers: Server[] = [];
  let folder = '';
  let lab: PxeLab;

  /** Answers in the machines' network, so that it sees their own addresses. */
  async function serve(port: number, answer: RequestListener): Promise<void> {
    const server = createServer(answer);
    servers.push(server);
    server.listen(await lab.service.doorway().listen(BOOT_SERVICE.address, port));
    await once(server, 'listening');
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clusterwright-boot-'));
    lab = await startPxeLab();
    await writeBootFiles(lab.service, folder, `http://${BOOT_SERVICE.address}:${REPORT_PORT}/report`);
    const boot = { boots: lab.store.boots, url: BOOT_URL, filesPath: folder, trustedProxies: [] };
    await serve(BOOT_SERVICE.port, createBootApp({ ...boot, log: pino({ level: 'silent' }) }));
    await serve(REPORT_PORT, (request, response) => {
      void text(request).then((body) => {
        reports.push(new URLSearchParams(body));
        response.end();
      });
    });
    await lab.run(pxeServerStep(aPxeNetwork()));
  }, SETUP_TIMEOUT_MS);

  afterAll(async () => {
    for (const server of servers) server.closeAllConnections();
    for (const server of servers) server.close();
    await lab?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test(
    'boots from the network, fetches its documents with its one-time token and reports',
    async () => {
      await lab.store.boots.arm({
        ...{ machineUuid: MACHINE_UUID, clusterUid: 'uid-1', cluster: 'demo', machine: W1.hostname },
        mac: W1.mac,
        network: {
          address: W1.address,
          kernel: KERNEL,
          initrd: INITRD,
          kernelArguments: ['console=ttyS0', 'panic=-1'],
        },
        documents: { kind: 'nocloud', ...DOCUMENTS },
      });

      const screen = await bootFromNetwork(lab.wire, W1.mac);

      if (reports.length !== 1) throw new Error(`${reports.length} reports, and on the screen:\n${screen}`);
      expect(Object.fromEntries(reports[0] ?? [])).toEqual({
        ...{ mac: W1.mac, address: W1.address, hostname: W1.hostname },
        ...{ user: sha256(DOCUMENTS.userData), meta: sha256(DOCUMENTS.metaData) },
        seed: expect.stringMatching(/^http:\/\/10\.77\.0\.3:8090\/nocloud\/[^/]+\/$/),
      });
    },
    BOOT_TIMEOUT_MS,
  );

  test('its token is of no use to another address, nor to anybody once it is disarmed', async () => {
    const url = `${reports[0]?.get('seed')}user-data`;
    const fetchFrom = async (address: string) => {
      await lab.client.sh(`ip address flush dev eth9; ip address add ${address}/24 dev eth9`);
      return lab.client.run('busybox', 'wget', '-q', '-O', '-', url);
    };

    expect((await fetchFrom('10.77.0.60')).stderr).toContain('404');
    expect((await fetchFrom(W1.address)).stdout).toBe(DOCUMENTS.userData);
    await lab.store.boots.disarm(MACHINE_UUID);
    expect((await fetchFrom(W1.address)).stderr).toContain('404');
  });
});
