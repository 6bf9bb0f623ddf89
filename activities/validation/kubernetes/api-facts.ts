/** Facts about the API itself. */
import type { KubernetesFacts } from '../../../domain/validation/facts/kubernetes.js';
import { fail } from '../../../domain/errors.js';
import type { Calls } from './calls.js';
import { asStranger, rawRequest } from './raw-request.js';

const READS = 10;
/** What strangers must not be told: what is in the cluster. */
const PRIVATE_PATHS = ['/api/v1/namespaces', '/api/v1/secrets', '/api/v1/nodes', '/apis', '/metrics'];

export async function apiChecks(
  { config }: Calls,
  signal: AbortSignal,
): Promise<KubernetesFacts['apiChecks']> {
  const { body } = await rawRequest(config, '/readyz?verbose', signal);
  const checks = [...body.matchAll(/^\[([+-])\](\S+)/gm)].map(([, sign, name = '']) => ({
    name,
    ok: sign === '+',
  }));
  if (checks.length === 0) throw fail('KUBERNETES_UNREACHABLE', `/readyz answers "${body.slice(0, 200)}"`);
  return checks;
}

/** One after the other, so that they do not wait for each other. Each is read by a quorum of etcd. */
export async function apiLatencies({ core }: Calls): Promise<KubernetesFacts['apiLatencies']> {
  const times: number[] = [];
  for (let read = 0; read < READS; read += 1) {
    const before = performance.now();
    await core.listNamespace({ limit: 1 });
    times.push(performance.now() - before);
  }
  return times;
}

export async function anonymousAnswers(
  { config }: Calls,
  signal: AbortSignal,
): Promise<KubernetesFacts['anonymousAnswers']> {
  const stranger = asStranger(config);
  return Promise.all(
    PRIVATE_PATHS.map(async (path) => ({ path, status: (await rawRequest(stranger, path, signal)).status })),
  );
}
