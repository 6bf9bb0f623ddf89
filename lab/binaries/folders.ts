/** Where the lab finds its own files and keeps what it fetched. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Kept between checkouts: `CLUSTERWRIGHT_CACHE`, else the user's cache folder. */
export function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return process.env['CLUSTERWRIGHT_CACHE'] ?? join(base, 'clusterwright');
}

/** Absolute path of a file of the project, from sources and from the compiled output alike. */
export function projectFile(path: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return join(folder, path);
}
