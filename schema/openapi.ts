/** The OpenAPI 3.1 document, made from the same schemas that check requests and describe answers. */
import * as z from 'zod';
import { type JsonSchema, withPlatforms } from './json-schema.js';
import { ADDRESS_PATHS } from './openapi/address-paths.js';
import { BACKUP_PATHS } from './openapi/backup-paths.js';
import { CLUSTER_PATHS } from './openapi/cluster-paths.js';
import { HOST_PATHS } from './openapi/host-paths.js';
import { HEALTH_PATHS } from './openapi/health-paths.js';
import { IMAGE_PATHS } from './openapi/image-paths.js';
import { componentRef } from './openapi/operation.js';
import { OPERATION_PATHS } from './openapi/operation-paths.js';
import { ORPHAN_PATHS } from './openapi/orphan-paths.js';
import { PARAMETERS } from './openapi/parameters.js';
import { REMOVAL_PATHS } from './openapi/removal-paths.js';
import { ROTATION_PATHS } from './openapi/rotation-paths.js';
import { SERVICE_PATHS } from './openapi/service-paths.js';
import { VALIDATION_PATHS } from './openapi/validation-paths.js';
import { VM_BACKUP_PATHS } from './openapi/vm-backup-paths.js';
import './backup-request.js';
import './catalogue-image.js';
import './host-requests.js';
import './health-request.js';
import './orphan-removals.js';
import './responses.js';
import './rotation-requests.js';
import './restore-request.js';
import './scale-request.js';
import './step-decision.js';
import './upgrade-request.js';
import './validation-request.js';
import './vm-backup-request.js';

/** Of the API, as in its paths. */
const API_VERSION = '1';

export function openApiDocument(): JsonSchema {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Clusterwright',
      version: API_VERSION,
      summary: 'Provisions and runs whole Kubernetes clusters on Proxmox VE',
      license: { name: 'GPL-3.0-or-later', identifier: 'GPL-3.0-or-later' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    tags: [
      { name: 'clusters', description: 'Clusters and what is done to them' },
      { name: 'backups', description: 'Backups of clusters' },
      { name: 'operations', description: 'Runs that were asked for' },
      { name: 'images', description: 'Names for what machines are made from' },
      { name: 'addresses', description: "Strangers in the machines' networks" },
      { name: 'hosts', description: 'Proxmox hosts and what leaves them' },
      { name: 'orphans', description: 'What was left behind on Proxmox VE' },
      { name: 'service', description: 'The service itself' },
    ],
    paths: {
      ...CLUSTER_PATHS,
      ...OPERATION_PATHS,
      ...BACKUP_PATHS,
      ...VM_BACKUP_PATHS,
      ...ROTATION_PATHS,
      ...VALIDATION_PATHS,
      ...HEALTH_PATHS,
      ...IMAGE_PATHS,
      ...ADDRESS_PATHS,
      ...ORPHAN_PATHS,
      ...HOST_PATHS,
      ...REMOVAL_PATHS,
      ...SERVICE_PATHS,
    },
    components: {
      schemas: componentSchemas(),
      parameters: PARAMETERS,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key whose SHA-256 is configured' },
      },
    },
  };
}

/** Every schema with an id: `.meta({ id })` puts it into zod's registry, the imports above make sure that it ran. */
function componentSchemas(): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(z.globalRegistry, {
    io: 'input',
    target: 'draft-2020-12',
    uri: componentRef,
  });
  const components = Object.entries(schemas)
    // The document names dialect and place of its components; a second `$id` would move their references.
    .map(([id, { $schema: _dialect, $id: _place, ...schema }]) => [id, schema] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return withPlatforms(Object.fromEntries(components), componentRef);
}
