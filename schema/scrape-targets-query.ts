/** The query of a list of scrape targets. */
import * as z from 'zod';
import { type Parsed, parseWith } from './parsed.js';

/** What Prometheus discovers by: an address that it asks, or a file that it watches. Both hold the same JSON. */
export const DISCOVERY_FORMATS = ['http_sd', 'file_sd'] as const;

const scrapeTargetsQuery = z.strictObject({ format: z.enum(DISCOVERY_FORMATS).optional() });

export interface ScrapeTargetsQuery {
  readonly format: (typeof DISCOVERY_FORMATS)[number];
}

/** @param query the decoded query parameters; faults point to them by name. */
export function parseScrapeTargetsQuery(query: unknown): Parsed<ScrapeTargetsQuery> {
  const parsed = parseWith(scrapeTargetsQuery, query);
  return parsed.ok ? { ok: true, value: { format: parsed.value.format ?? 'http_sd' } } : parsed;
}
