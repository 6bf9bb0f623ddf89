/** The shape of a resolved definition. */
import type * as z from 'zod';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { definitionShape } from '../definition/shape.js';

/** It is written in the same language as what operators send, with nothing left out. */
export const resolvedDefinition = definitionShape as unknown as z.ZodType<ClusterDefinition>;
