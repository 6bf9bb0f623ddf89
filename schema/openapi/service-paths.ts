/** The addresses at which the service speaks of itself. */
import { DEFINITION_SCHEMA_PATH } from '../json-schema.js';
import { COMMON_ERRORS, jsonAnswer, ORCHESTRATION_ERRORS, type Paths, problemAnswers } from './operation.js';

/** Probes and the document itself are open to anyone. */
const NO_KEY_NEEDED = { security: [] };

export const SERVICE_PATHS: Paths = {
  [DEFINITION_SCHEMA_PATH]: {
    get: {
      operationId: 'getDefinitionSchema',
      summary: "Get the definition's JSON Schema (2020-12)",
      tags: ['service'],
      responses: {
        '200': {
          description: 'The schema',
          content: { 'application/schema+json': { schema: { type: 'object' } } },
        },
        ...problemAnswers(COMMON_ERRORS),
      },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'getOpenApi',
      summary: 'Get this document',
      tags: ['service'],
      ...NO_KEY_NEEDED,
      responses: {
        '200': {
          description: 'This document',
          content: { 'application/json': { schema: { type: 'object' } } },
        },
      },
    },
  },
  '/healthz': {
    get: {
      operationId: 'getHealth',
      summary: 'Tell whether the process is alive',
      tags: ['service'],
      ...NO_KEY_NEEDED,
      responses: { '200': jsonAnswer('It is', 'Health') },
    },
  },
  '/readyz': {
    get: {
      operationId: 'getReadiness',
      summary: 'Tell whether the service can do its work',
      tags: ['service'],
      ...NO_KEY_NEEDED,
      responses: {
        '200': jsonAnswer('It can', 'Health'),
        ...problemAnswers([...ORCHESTRATION_ERRORS, 'STORE_UNAVAILABLE']),
      },
    },
  },
};
