import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { parseClusterDefinition } from '../../schema/cluster-definition.js';
import { clusterDefinitionJsonSchema } from '../../schema/json-schema.js';
import { BAD_DEFINITIONS } from './bad-definitions.js';
import { aDefinition, NETWORK } from './definition-builder.js';
import { referencesIn, resolveReference } from './references.js';

describe("the definition's JSON Schema", () => {
  const schema = clusterDefinitionJsonSchema();
  const checker = z.fromJSONSchema({ ...schema });

  test('says what it is and where it lives', () => {
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: '/api/v1/schemas/cluster-definition',
      $ref: '#/$defs/ClusterDefinition',
    });
  });

  test('refers only to what it holds', () => {
    const references = referencesIn(schema);

    expect(references).toContain('#/$defs/NodeGroup');
    expect(references.filter((reference) => resolveReference(schema, reference) === undefined)).toEqual([]);
  });

  test('refuses unknown keys everywhere', () => {
    const definitions = Object.entries(schema['$defs'] as Record<string, { additionalProperties: unknown }>);

    expect(definitions.filter(([, { additionalProperties }]) => additionalProperties !== false)).toEqual([]);
  });

  test('shows the defaults that a definition gets', () => {
    const { NodeTemplate, ClusterDefinition } = schema['$defs'] as Record<
      string,
      { properties: Record<string, { default?: unknown }> }
    >;

    expect(NodeTemplate?.properties['memoryMiB']?.default).toBe(4096);
    expect(ClusterDefinition?.properties['bootMethod']?.default).toBe('TEMPLATE');
  });

  test('takes a definition, and a resolved one, too', () => {
    const result = parseClusterDefinition(aDefinition(), NETWORK);

    expect(checker.safeParse(aDefinition()).success).toBe(true);
    expect(checker.safeParse(result.ok && result.definition).success).toBe(true);
  });

  test('finds what a field can say about itself', () => {
    const refused = BAD_DEFINITIONS.filter(({ body }) => !checker.safeParse(body).success);

    expect(refused.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'an empty object',
        'an unknown key in a group',
        'a fractional count',
        'a name in capitals',
      ]),
    );
  });
});
