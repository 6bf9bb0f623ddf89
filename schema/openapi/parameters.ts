/** Parameters of the API, as OpenAPI describes them. */
import * as z from 'zod';
import { BACKUP_PAGE_LIMIT } from '../backup-request.js';
import { imageName } from '../catalogue-image.js';
import { ipAddress } from '../definition/network.js';
import { clusterName, PAGE_LIMIT } from '../cluster-list-query.js';
import { hostName } from '../host-requests.js';
import type { JsonSchema } from '../json-schema.js';
import { DISCOVERY_FORMATS } from '../scrape-targets-query.js';
import { VALIDATION_PAGE_LIMIT } from '../validation-list-query.js';

export const PARAMETERS: Readonly<Record<string, JsonSchema>> = {
  ClusterName: { name: 'name', in: 'path', required: true, schema: described(clusterName) },
  ImageName: { name: 'name', in: 'path', required: true, schema: described(imageName) },
  Address: { name: 'address', in: 'path', required: true, schema: described(ipAddress) },
  HostName: { name: 'node', in: 'path', required: true, schema: described(hostName) },
  Confirm: {
    name: 'confirm',
    in: 'query',
    description: 'Name of the cluster once more: a protected one is not removed without it',
    schema: described(clusterName),
  },
  OperationId: { name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 100 } },
  Step: {
    name: 'step',
    in: 'path',
    required: true,
    description: 'Id of the step, such as `reserve` or, percent-encoded, `k3s-edge-server-1%2Fclaim-vm`',
    schema: { type: 'string', maxLength: 200 },
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'Chosen by the caller: repeating the same request with the same key returns the same run',
    schema: { type: 'string', pattern: '^[!-~]{1,200}$' },
  },
  Limit: {
    name: 'limit',
    in: 'query',
    description: 'Clusters in a page',
    schema: { type: 'integer', minimum: 1, maximum: PAGE_LIMIT.max, default: PAGE_LIMIT.default },
  },
  ValidationLimit: {
    name: 'limit',
    in: 'query',
    description: 'Validations in a page',
    schema: {
      type: 'integer',
      minimum: 1,
      maximum: VALIDATION_PAGE_LIMIT.max,
      default: VALIDATION_PAGE_LIMIT.default,
    },
  },
  BeforeNumber: {
    name: 'before',
    in: 'query',
    description: 'Number of the last validation of the page before',
    schema: { type: 'integer', minimum: 1 },
  },
  BackupLimit: {
    name: 'limit',
    in: 'query',
    description: 'Backups in a page',
    schema: {
      type: 'integer',
      minimum: 1,
      maximum: BACKUP_PAGE_LIMIT.max,
      default: BACKUP_PAGE_LIMIT.default,
    },
  },
  BeforeBackup: {
    name: 'before',
    in: 'query',
    description: 'Id of the last backup of the page before',
    schema: { type: 'string', format: 'uuid' },
  },
  After: {
    name: 'after',
    in: 'query',
    description: 'Name of the last cluster of the page before',
    schema: described(clusterName),
  },
  OfCluster: {
    name: 'cluster',
    in: 'query',
    description: 'Only what was asked of this cluster',
    schema: described(clusterName),
  },
  Before: {
    name: 'before',
    in: 'query',
    description: 'Id of the last operation of the page before',
    schema: { type: 'string', maxLength: 100 },
  },
  DiscoveryFormat: {
    name: 'format',
    in: 'query',
    description: '`file_sd` sends the same list as a file to save',
    schema: { type: 'string', enum: [...DISCOVERY_FORMATS], default: 'http_sd' },
  },
  IncludeGone: {
    name: 'includeGone',
    in: 'query',
    description: 'Also clusters that were decommissioned',
    schema: { type: 'boolean', default: false },
  },
};

function described(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  return rest;
}
