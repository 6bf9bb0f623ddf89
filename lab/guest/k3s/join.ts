/** How a machine gets to know the cluster that it is to join. */
import { readText } from '../disk/root-files.js';
import type { GuestSystem } from '../system.js';
import type { K3sCluster } from './cluster.js';
import type { K3sConfiguration } from './configuration.js';
import { K3sFatal } from './fatal.js';
import { parseToken } from './token.js';

/** The cluster does not take the machine, now or ever. */
export class JoinRefused extends Error {}

/** @returns `undefined` where no token is configured. @throws K3sFatal for a token file that is not there. */
export function configuredToken(configuration: K3sConfiguration, { disk }: GuestSystem): string | undefined {
  const token = configuration.text('token');
  const file = configuration.text('token-file');
  if (token !== undefined || file === undefined) return token;
  const text = readText(disk, file)?.trim();
  if (text === undefined) throw new K3sFatal(`open ${file}: no such file or directory`);
  return text;
}

/** @throws K3sFatal for a malformed URL or token, JoinRefused when nobody answers or the token is not accepted. */
export function findCluster(
  system: GuestSystem,
  url: string,
  token: string,
  role: 'server' | 'agent',
): K3sCluster {
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') {
    throw new K3sFatal(`only https:// URLs are supported, invalid scheme: ${url}`);
  }
  const { password, caHash } = parseToken(token);
  const { hostname } = new URL(url);
  const address = hostname.replace(/^\[|\]$/g, '');
  const found = system.clusters.serverAt(url, system.reaches(address));
  if (found.kind === 'unreachable') {
    throw new JoinRefused(`failed to get CA certs: Get "${url}/cacerts": ${found.reason}`);
  }
  const { cluster } = found;
  if (caHash !== null && caHash !== cluster.plane.caHash) {
    throw new JoinRefused(
      `token CA hash does not match the Cluster CA certificate hash: ${caHash} != ${cluster.plane.caHash}`,
    );
  }
  const { record } = cluster;
  const passwords =
    role === 'agent' && record.agentPassword !== null
      ? [record.password, record.agentPassword]
      : [record.password];
  if (!passwords.includes(password)) {
    const path = role === 'agent' ? 'v1-k3s/config' : 'v1-k3s/server-bootstrap';
    throw new JoinRefused(`${url}/${path}: 401 Unauthorized`);
  }
  if (!cluster.hasQuorum()) throw new JoinRefused(`${url}/v1-k3s/readyz: 503 Service Unavailable`);
  return cluster;
}
