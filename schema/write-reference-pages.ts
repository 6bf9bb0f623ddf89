/** Writes the reference pages that are made from code. Run by `npm run docs:reference`. */
import { writeFile } from 'node:fs/promises';
import { referencePages } from './reference-pages.js';

for (const { path, markdown } of referencePages()) await writeFile(path, markdown);
