/** Builds definitions whose one service must be refused. */
import type { BadDefinition } from './bad-definition.js';
import { aDefinition } from './definition-builder.js';

/** One service, whatever its type is. */
export function badService(name: string, service: object, ...fields: string[]): BadDefinition {
  return {
    name,
    body: { ...aDefinition(), services: [{ name: 'own', ...service }] },
    pointers: fields.map((field) => `/services/0${field}`),
  };
}

export function badBalancer(name: string, configuration: object, ...fields: string[]): BadDefinition {
  return badService(
    `a load balancer ${name}`,
    { type: 'LOAD_BALANCER', configuration },
    ...fields.map((field) => `/configuration/${field}`),
  );
}
