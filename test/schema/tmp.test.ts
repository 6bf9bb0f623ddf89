import { test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { referencePages } from '../../schema/reference-pages.js';
import { openApiDocument } from '../../schema/openapi.js';
import { clusterDefinitionJsonSchema } from '../../schema/json-schema.js';
test('x', () => {
  for (const p of referencePages()) writeFileSync(p.path, p.markdown);
  writeFileSync('/tmp/zt/openapi.json', JSON.stringify(openApiDocument(), null, 1));
  writeFileSync('/tmp/zt/def.json', JSON.stringify(clusterDefinitionJsonSchema(), null, 1));
});
