/** Health checks and what else an API server answers without looking at objects. */
import type { Cluster } from '../cluster.js';
import type { ControlPlaneOptions } from '../lab-kubernetes.js';
import { json, plain, type TextReply } from './reply.js';

const CHECKS = ['ping', 'log', 'etcd', 'informer-sync', 'poststarthook/start-apiextensions-controllers'];
const PROBES = /^\/(livez|readyz|healthz)(?:\/(.+))?$/;
/** Of the Kubernetes that K3s packages since v1.32. */
const GO_VERSION = 'go1.23.3';

/**
 * Addresses that everybody may see. K3s and RKE2 know no anonymous callers: beside its API K3s shows the CA that agents fetch
 * before they trust it, and answers to pings.
 */
export function isOpen(path: string, distribution: ControlPlaneOptions['distribution']): boolean {
  if (distribution === 'k3s') return path === '/cacerts' || path === '/ping';
  return distribution !== 'rke2' && (path === '/version' || PROBES.test(path));
}

/** @returns `undefined` when the path is none of these. */
export function answerOpen(cluster: Cluster, url: URL, hasQuorum: boolean): TextReply | undefined {
  const probe = PROBES.exec(url.pathname);
  if (probe !== null)
    return answerProbe(probe[1] ?? '', probe[2], { isVerbose: url.searchParams.has('verbose'), hasQuorum });
  switch (url.pathname) {
    case '/version':
      return json(200, versionOf(cluster.options.version));
    case '/cacerts':
      return plain(200, cluster.keys.serverAuthority.certificate);
    case '/ping':
      return plain(200, 'pong');
    default:
      return undefined;
  }
}

function answerProbe(
  probe: string,
  check: string | undefined,
  { isVerbose, hasQuorum }: { readonly isVerbose: boolean; readonly hasQuorum: boolean },
): TextReply {
  // A server without a quorum is alive: restarting it would not help.
  const passes = (name: string): boolean => name !== 'etcd' || hasQuorum || probe === 'livez';
  if (check !== undefined && !CHECKS.includes(check)) return plain(404, '404 page not found\n');
  if (check !== undefined)
    return passes(check) ? plain(200, 'ok') : plain(500, `internal server error: ${check}: no leader\n`);
  const isPassed = CHECKS.every(passes);
  const lines = CHECKS.map((name) => (passes(name) ? `[+]${name} ok` : `[-]${name} failed: reason withheld`));
  if (isPassed && !isVerbose) return plain(200, 'ok');
  return plain(
    isPassed ? 200 : 500,
    [...lines, `${probe} check ${isPassed ? 'passed' : 'failed'}`, ''].join('\n'),
  );
}

function versionOf(gitVersion: string): object {
  const [, major = '1', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return {
    major,
    minor,
    gitVersion,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '2024-12-20T00:00:00Z',
    goVersion: GO_VERSION,
    compiler: 'gc',
    platform: 'linux/amd64',
  };
}
