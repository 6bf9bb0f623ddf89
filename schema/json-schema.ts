/** The definition's JSON Schema (2020-12), for editors and for clients that check before they send. */
import * as z from 'zod';
import { PLATFORM_SHAPES } from './definition/platforms/shapes.js';
import { definitionShape } from './definition/shape.js';

export const DEFINITION_SCHEMA_PATH = '/api/v1/schemas/cluster-definition';

export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Describes what an operator may send: each field by itself. What several fields must agree on (versions, networks,
 * dependencies) cannot be said in JSON Schema; the service checks it.
 */
export function clusterDefinitionJsonSchema(): JsonSchema {
  const options = { io: 'input', target: 'draft-2020-12' } as const;
  const definition = z.toJSONSchema(definitionShape, options);
  const platforms = Object.values(PLATFORM_SHAPES).map((shape) => z.toJSONSchema(shape, options).$defs);
  const schemas = Object.assign({}, definition.$defs, ...platforms) as Record<string, JsonSchema>;
  return {
    $schema: definition.$schema,
    $id: DEFINITION_SCHEMA_PATH,
    title: 'Clusterwright cluster definition',
    $ref: definition.$ref,
    $defs: withPlatforms(schemas, (id) => `#/$defs/${id}`),
  };
}

/** Says which `platformConfig` belongs to which type; zod has no word for that in one strict object. */
export function withPlatforms(
  schemas: Readonly<Record<string, JsonSchema>>,
  reference: (id: string) => string,
): Record<string, JsonSchema> {
  const allOf = Object.entries(PLATFORM_SHAPES).map(([type, shape]) => ({
    anyOf: [
      { properties: { type: { not: { const: type } } } },
      { properties: { platformConfig: { $ref: reference(z.globalRegistry.get(shape)?.id ?? '') } } },
    ],
  }));
  return { ...schemas, ClusterDefinition: { ...schemas['ClusterDefinition'], allOf } };
}
