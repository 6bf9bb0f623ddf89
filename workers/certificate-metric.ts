/** How long the certificates of clusters last, for Prometheus. */
import { Gauge } from 'prom-client';
import type { KeptReading } from '../store/certificate-port.js';

const DAY_MS = 86_400_000;

/** One series a cluster and kind: those of each file would be hundreds for each cluster. */
export function certificateExpiry(
  readings: () => Promise<readonly KeptReading[]>,
): Gauge<'cluster' | 'kind'> {
  return new Gauge({
    name: 'clusterwright_certificate_expiry_days',
    help: 'Days until the first certificate of a cluster ends, as it was last read; kind: authority, or leaf for all others.',
    labelNames: ['cluster', 'kind'],
    registers: [],
    async collect() {
      this.reset();
      for (const { of, certificates } of await readings()) {
        for (const kind of ['leaf', 'authority'] as const) {
          const ends = certificates
            .filter(({ isAuthority }) => isAuthority === (kind === 'authority'))
            .map(({ endsAt }) => Date.parse(endsAt));
          if (ends.length === 0) continue;
          this.set({ cluster: of.cluster, kind }, (Math.min(...ends) - Date.now()) / DAY_MS);
        }
      }
    },
  });
}
