/** What servers answer themselves, beside the API: to machines that join and to load balancers. */
import type { Supervisor } from '../../kubernetes/lab-kubernetes.js';
import type { RancherCluster } from './cluster.js';

/** Requests that it does not know are left to the API. */
export function supervisor(cluster: RancherCluster): Supervisor {
  const prefix = `/v1-${cluster.record.distribution}`;
  return (path, authorization) => {
    switch (path) {
      case '/cacerts':
        return { status: 200, body: cluster.plane.caCertificatePem };
      case '/ping':
        return { status: 200, body: 'pong' };
      case `${prefix}/readyz`:
        if (!isKnown(cluster, authorization)) return { status: 401, body: 'Unauthorized' };
        return cluster.hasQuorum() ? { status: 200, body: 'ok' } : { status: 503, body: 'not ready' };
      default:
        return undefined;
    }
  };
}

/** Basic authentication, with the name of the role and the token's password. */
function isKnown({ record }: RancherCluster, authorization: string | undefined): boolean {
  const [, encoded = ''] = /^Basic\s+(\S+)$/i.exec(authorization ?? '') ?? [];
  const [, role, password] = /^(node|server):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  return (
    role !== undefined &&
    acceptedPasswords(record, role === 'node' ? 'agent' : 'server').includes(password ?? '')
  );
}

/** Agents may come with the token of servers too. */
export function acceptedPasswords(
  { password, agentPassword }: RancherCluster['record'],
  role: 'server' | 'agent',
): string[] {
  return role === 'agent' && agentPassword !== null ? [password, agentPassword] : [password];
}
