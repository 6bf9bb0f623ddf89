import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { afterEach, expect, test } from '@jest/globals';
import { VersionApi } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { kubeConfigOf } from '../../../activities/kubernetes/client.js';
import { createAuthority, issueServingCertificate } from '../../../lab/kubernetes/pki/certificates.js';
import { LabNetwork } from '../../../lab/network/lab-network.js';
import { startSocksServer, type SocksServer } from '../../../lab/network/socks-server.js';
import { aStore } from '../../store/store-builder.js';

const ADDRESS = '10.1.107.90';
const closing: (SocksServer | Server)[] = [];

afterEach(() => {
  for (const one of closing.splice(0)) void one.close();
});

/** Asks an API for its version, at its address and through a proxy. @param names of its certificate. */
async function version(names: readonly string[], change: object = {}): Promise<string> {
  const authority = await createAuthority('kubernetes');
  const { certificate, privateKey } = await issueServingCertificate(authority, names);
  const server = createServer({ cert: certificate, key: privateKey }, (_, answer) => {
    answer.setHeader('content-type', 'application/json');
    answer.end(JSON.stringify({ gitVersion: 'v1.36.3' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const network = new LabNetwork();
  network.attach(ADDRESS);
  network.listen(ADDRESS, 6443, (socket) => server.emit('connection', socket));
  const proxy = await startSocksServer({ host: '127.0.0.1', port: 0, network });
  closing.push(server, proxy);

  const { secrets } = await aStore();
  const trusted = Buffer.from(authority.certificate).toString('base64');
  const kubeconfig = {
    clusters: [
      {
        name: 'edge',
        cluster: { server: `https://${ADDRESS}:6443`, 'certificate-authority-data': trusted, ...change },
      },
    ],
    users: [{ name: 'edge', user: { token: 'secret' } }],
    contexts: [{ name: 'edge', context: { cluster: 'edge', user: 'edge' } }],
    'current-context': 'edge',
  };
  await secrets.put('uid-1', 'kubeconfig', stringify(kubeconfig));
  const config = await kubeConfigOf(secrets, 'uid-1', proxy.url);
  const { gitVersion } = await config.makeApiClient(VersionApi).getCode();
  return gitVersion;
}

test('the certificate behind a proxy is for the address that is asked', async () => {
  await expect(version([ADDRESS])).resolves.toBe('v1.36.3');
});

test.each([[['localhost']], [['10.1.107.91']]])('one for %j is refused', async (names) => {
  await expect(version(names)).rejects.toThrow(/10\.1\.107\.90 is not in the cert/);
});

test('the name that a kubeconfig gives is the one that counts', async () => {
  const named = { 'tls-server-name': 'api-int.edge.lab.internal' };

  await expect(version(['api-int.edge.lab.internal'], named)).resolves.toBe('v1.36.3');
  await expect(version([ADDRESS], named)).rejects.toThrow(/api-int/);
});
