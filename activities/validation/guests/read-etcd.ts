/** Reads the health and the metrics of an etcd member (https://etcd.io/docs/latest/metrics/). */
import type { EtcdFact } from '../../../domain/validation/facts/guest.js';
import type { Sections } from './read-sections.js';

const FSYNC = 'etcd_disk_wal_fsync_duration_seconds';
const SHARE = 0.99;
/** What etcd takes when it is not told another quota. */
const DEFAULT_QUOTA_BYTES = 2 * 2 ** 30;

/** @returns `null` when etcd was not asked, or did not answer. */
export function etcdFact(sections: Sections): EtcdFact | null {
  const health = sections.get('etcd-health')?.[0];
  const metrics = sections.get('etcd-metrics');
  if (health === undefined && metrics === undefined) return null;
  const value = (name: string): number | null => {
    const line = metrics?.find((each) => each.startsWith(`${name} `));
    return line === undefined ? null : Number(line.split(' ')[1]);
  };
  const leader = value('etcd_server_has_leader');
  const size = value('etcd_mvcc_db_total_size_in_bytes');
  const quota = value('etcd_server_quota_backend_bytes') || DEFAULT_QUOTA_BYTES;
  return {
    healthy: /"health"\s*:\s*"?true"?/.test(health ?? ''),
    hasLeader: leader === null ? null : leader === 1,
    fsyncP99Ms: metrics === undefined ? null : fsyncQuantileMs(metrics),
    databaseShare: size === null ? null : size / quota,
  };
}

/** As `histogram_quantile` does: within the bucket that it falls into the values are taken to be spread evenly. */
function fsyncQuantileMs(metrics: readonly string[]): number | null {
  const buckets = metrics
    .flatMap((line) => {
      const match = new RegExp(`^${FSYNC}_bucket\\{.*le="([^"]+)".*\\} (\\S+)$`).exec(line);
      return match === null ? [] : [{ most: bound(match[1] ?? ''), count: Number(match[2]) }];
    })
    .toSorted((a, b) => a.most - b.most);
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) return null;
  const rank = SHARE * total;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const bucket = buckets[index];
  const below = buckets[index - 1] ?? { most: 0, count: 0 };
  if (bucket === undefined) return null;
  if (!Number.isFinite(bucket.most)) return below.most * 1_000;
  const share = (rank - below.count) / (bucket.count - below.count);
  return (below.most + (bucket.most - below.most) * share) * 1_000;
}

function bound(text: string): number {
  return text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
}
