/** An external datastore: what K3s finds at `--datastore-endpoint` (https://docs.k3s.io/datastore). */
import type { GuestSystem } from '../system.js';
import { RancherFatal } from './fatal.js';

/** Of the storage backends, by scheme. */
const PORTS: Readonly<Record<string, number>> = {
  'postgres:': 5_432,
  'postgresql:': 5_432,
  'mysql:': 3_306,
  'http:': 2_379,
  'https:': 2_379,
  'nats:': 4_222,
};
const BUILDING = 'starting kubernetes: preparing server: creating storage endpoint: building kine:';

/** @throws RancherFatal for what is no endpoint, and when nobody answers there. */
export function checkDatastore(endpoint: string, system: GuestSystem): void {
  const { host, port } = addressOf(endpoint);
  const traced = system.trace(host, port);
  if (traced.kind === 'answered') return;
  const reason =
    traced.kind === 'unresolved'
      ? `lookup ${host}: no such host`
      : traced.kind === 'unreachable'
        ? `${traced.address}:${port}: connect: no route to host`
        : `${traced.address}:${port}: connect: connection refused`;
  throw new RancherFatal(`${BUILDING} dial tcp ${reason}`);
}

/** Of several only the first one. MySQL has a notation of its own: `mysql://user:password@tcp(host:3306)/k3s`. */
function addressOf(endpoint: string): { readonly host: string; readonly port: number } {
  const [first = ''] = endpoint.split(',');
  const text = first.replace(/@tcp\(([^)]*)\)/, '@$1');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const usual = PORTS[url?.protocol ?? ''];
  if (url === undefined || usual === undefined || url.hostname === '') {
    throw new RancherFatal(`${BUILDING} storage backend is not defined`);
  }
  return { host: url.hostname, port: Number(url.port === '' ? usual : url.port) };
}
