/** The shape of an operation, and of the answer that accepts one. */
import * as z from 'zod';
import { OPERATION_KINDS } from '../../domain/operation-kind.js';

export const operationKind = z.enum(OPERATION_KINDS);

export const operationStatus = z
  .enum(['requested', 'running', 'succeeded', 'failed', 'cancelled'])
  .meta({ description: 'requested: written down, and not known to have been started' });

/** Addresses within the API. */
const links = z.object({
  operation: z.string().meta({ examples: ['/api/v1/operations/0198c1d2'] }),
  cluster: z.string().meta({ examples: ['/api/v1/clusters/k3s-edge'] }),
});

const operationFields = {
  id: z.string(),
  cluster: z.string(),
  kind: operationKind,
  status: operationStatus,
  detail: z.string().nullable().meta({ description: 'Why it failed or was cancelled' }),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
};

export const operation = z.object({ ...operationFields, links }).meta({ id: 'Operation' });
export type OperationView = z.infer<typeof operation>;

export const operationList = z
  .object({
    items: z.array(operation).meta({ description: 'Newest first' }),
    next: z.string().nullable().meta({ description: '`before` of the next page; null on the last one' }),
  })
  .meta({ id: 'OperationList' });
export type OperationListView = z.infer<typeof operationList>;

export const accepted = z
  .object({
    operation: z.object(operationFields),
    cluster: z.string(),
    links,
  })
  .meta({ id: 'Accepted', description: 'The operation goes on; `Location` says where to follow it' });
export type AcceptedView = z.infer<typeof accepted>;
