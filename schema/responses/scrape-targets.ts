/** The shape of a list of scrape targets: what Prometheus reads over HTTP and from files. */
import * as z from 'zod';

export const scrapeTargetList = z
  .array(
    z.object({
      targets: z.array(z.string()).meta({ examples: [['10.1.107.101:9100']] }),
      labels: z.record(z.string(), z.string()).meta({
        examples: [{ job: 'node-exporter', cluster: 'demo', node: 'demo-server-1', group: 'server' }],
      }),
    }),
  )
  .meta({
    id: 'ScrapeTargetList',
    description: 'As `http_sd_config` and `file_sd_config` of Prometheus take it',
  });
