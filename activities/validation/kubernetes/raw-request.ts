/** Requests of the API that its client has no call for: its health, and what it tells strangers. */
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { ProxiedKubeConfig } from '../../kubernetes/proxied-kube-config.js';
import { fail } from '../../../domain/errors.js';

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 256 * 1024;

export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

/** @throws `KUBERNETES_UNREACHABLE` */
export async function rawRequest(config: KubeConfig, path: string, signal: AbortSignal): Promise<RawAnswer> {
  const server = config.getCurrentCluster()?.server ?? '';
  const url = new URL(path, server);
  const options: RequestOptions = { method: 'GET', timeout: TIMEOUT_MS, signal };
  await config.applyToHTTPSOptions(options);
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void =>
      reject(fail('KUBERNETES_UNREACHABLE', `${path}: ${error.message}`, { cause: error }));
    const sent = httpsRequest(url, options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (body.length < MOST_BYTES) body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', failed);
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)));
    sent.on('error', failed);
    sent.end();
  });
}

/** The same cluster, reached the same way, by somebody who has no credentials. */
export function asStranger(config: KubeConfig): KubeConfig {
  const stranger = config instanceof ProxiedKubeConfig ? new ProxiedKubeConfig() : new KubeConfig();
  const cluster = config.getCurrentCluster();
  if (cluster === null) return stranger;
  stranger.loadFromClusterAndUser(cluster, { name: 'stranger' });
  return stranger;
}
