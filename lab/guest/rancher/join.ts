/** How a machine gets to know the cluster that it is to join. */
import { readText } from '../disk/root-files.js';
import type { GuestSystem } from '../system.js';
import type { RancherCluster } from './cluster.js';
import type { RancherConfiguration } from './configuration.js';
import type { RancherDistribution } from './distribution.js';
import { RancherFatal } from './fatal.js';
import { acceptedPasswords } from './supervisor.js';
import { parseToken } from './token.js';

const HTTPS_PORT = 443;

/** The cluster does not take the machine, now or ever. */
export class JoinRefused extends Error {}

/** @returns `undefined` where no token is configured. @throws RancherFatal for a token file that is not there. */
export function configuredToken(
  configuration: RancherConfiguration,
  { disk }: GuestSystem,
): string | undefined {
  const token = configuration.text('token');
  const file = configuration.text('token-file');
  if (token !== undefined || file === undefined) return token;
  const text = readText(disk, file)?.trim();
  if (text === undefined) throw new RancherFatal(`open ${file}: no such file or directory`);
  return text;
}

export interface JoinRequest {
  readonly distribution: Pick<RancherDistribution, 'program'>;
  readonly url: string;
  readonly token: string;
  readonly role: 'server' | 'agent';
}

/** @throws RancherFatal for a malformed URL or token, JoinRefused when nobody answers or the token is not accepted. */
export function findCluster(system: GuestSystem, request: JoinRequest): RancherCluster {
  const { distribution, url, token, role } = request;
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') {
    throw new RancherFatal(`only https:// URLs are supported, invalid scheme: ${url}`);
  }
  const { password, caHash } = parseToken(token);
  const { hostname, port } = new URL(url);
  const traced = system.trace(hostname, Number(port === '' ? HTTPS_PORT : port));
  const found = system.clusters.serverAt(url, traced);
  const cacerts = `failed to get CA certs: Get "${url}/cacerts":`;
  if (found.kind === 'unreachable') throw new JoinRefused(`${cacerts} ${found.reason}`);
  const { cluster, names } = found;
  const { record, plane } = cluster;
  if (!found.isSupervisor) throw new JoinRefused(`${cacerts} 401 Unauthorized`);
  if (caHash !== null && caHash !== plane.caHash) {
    throw new JoinRefused(
      `token CA hash does not match the Cluster CA certificate hash: ${caHash} != ${plane.caHash}`,
    );
  }
  const prefix = `${url}/v1-${distribution.program}`;
  const path = `${prefix}/${role === 'agent' ? 'config' : 'server-bootstrap'}`;
  const host = hostname.replace(/^\[|\]$/g, '');
  if (!names.includes(host)) {
    const valid = `x509: certificate is valid for ${names.join(', ')}, not ${host}`;
    throw new JoinRefused(`Get "${path}": tls: failed to verify certificate: ${valid}`);
  }
  if (record.distribution !== distribution.program) throw new JoinRefused(`${path}: 404 Not Found`);
  if (!acceptedPasswords(record, role).includes(password)) throw new JoinRefused(`${path}: 401 Unauthorized`);
  if (!cluster.hasQuorum()) throw new JoinRefused(`${prefix}/readyz: 503 Service Unavailable`);
  return cluster;
}
