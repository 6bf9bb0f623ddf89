import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { ERRORS } from '../../domain/errors.js';
import { VARIABLES } from '../../schema/configuration/variables.js';
import { referencePages } from '../../schema/reference-pages.js';

function written(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** First cells of the page's table. */
function firstColumn(markdown: string): string[] {
  return [...markdown.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name ?? '');
}

describe('the reference', () => {
  test.each(referencePages())('$path is what the code says', ({ path, markdown }) => {
    expect(written(path)).toBe(markdown);
  });

  test('of errors has every code, and no other', () => {
    expect(firstColumn(written('docs/reference/errors.md'))).toEqual(Object.keys(ERRORS));
  });

  test('of configuration has every variable, and no other', () => {
    expect(firstColumn(written('docs/reference/configuration.md'))).toEqual(Object.keys(VARIABLES));
  });

  test('shows no default for a secret', () => {
    const secrets = Object.values(VARIABLES).filter(({ secret }) => secret);

    expect(secrets.length).toBeGreaterThan(0);
    expect(secrets.filter((variable) => variable.default !== null)).toEqual([]);
  });
});
