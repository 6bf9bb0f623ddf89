import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file));
}

/** Static imports and re-exports of a file; relative ones as paths from the root. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:([^'";]*?)\s+from\s+)?'([^']+)';/gm);
  return [...statements].map(([, type, names = '', to = '']) => {
    const parts =
      /^\{([^}]*)\}$/
        .exec(names.trim())?.[1]
        ?.split(',')
        .filter((name) => name.trim() !== '') ?? [];
    const isType =
      type !== undefined || (parts.length > 0 && parts.every((name) => name.trim().startsWith('type ')));
    const path = to.startsWith('.') ? relative(ROOT, join(ROOT, dirname(file), to)) : to;
    return { from: file, to: path, isType };
  });
}

/** What values each folder may import beside itself and packages; types are free where `typesFrom` says so. */
const RULES: Readonly<Record<string, { folders: readonly string[]; packages: RegExp; anyTypes?: boolean }>> =
  {
    domain: { folders: [], packages: /^ipaddr\.js$/ },
    placement: { folders: ['domain'], packages: /^$/ },
    schema: { folders: ['domain'], packages: /^(zod|yaml|node:.*)$/ },
    platforms: { folders: ['domain'], packages: /^$/ },
    workflows: {
      folders: ['domain', 'placement', 'platforms'],
      packages: /^@temporalio\/(workflow|common)$/,
      anyTypes: true,
    },
    activities: { folders: ['domain', 'schema', 'placement', 'platforms', 'store'], packages: /./ },
    store: { folders: ['domain'], packages: /./ },
    api: { folders: ['domain', 'schema', 'store', 'workflows/messages.js'], packages: /./, anyTypes: true },
  };

describe.each(Object.entries(RULES))('%s/', (folder, { folders, packages, anyTypes = false }) => {
  const all = sources(folder).flatMap(importsOf);

  test('has imports that this test can read', () => {
    expect(all.length).toBeGreaterThan(0);
  });

  test('imports only what the architecture allows', () => {
    const forbidden = all.filter(({ to, isType }) => {
      if (isType && anyTypes) return false;
      const isPackage =
        !to.includes('/') || to.startsWith('@') || to.startsWith('node:') || /^[a-z.-]+\/[a-z]+$/.test(to);
      const isOwn = to.startsWith(`${folder}/`);
      const isAllowed = folders.some((allowed) => to === allowed || to.startsWith(`${allowed}/`));
      return !(isOwn || isAllowed || (isPackage && packages.test(to)));
    });

    expect(forbidden).toEqual([]);
  });
});

test('only the lab and the tests know the lab', () => {
  const folders = [...Object.keys(RULES), 'workers'];

  const knowing = folders
    .flatMap(sources)
    .flatMap(importsOf)
    .filter(({ to }) => to.startsWith('lab/'));

  expect(knowing).toEqual([]);
});

test('files stay small: none has more than 400 lines', () => {
  const folders = [...Object.keys(RULES), 'workers', 'lab'];
  const sizes = folders
    .flatMap(sources)
    .map((file) => [file, readFileSync(join(ROOT, file), 'utf8').split('\n').length]);

  expect(sizes.filter(([, lines]) => Number(lines) > 400)).toEqual([]);
});
