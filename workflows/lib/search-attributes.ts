/** Search attributes as typed keys, and the pairs that each kind of workflow carries. */
import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { Phase } from '../../domain/phase.js';
import { SEARCH_ATTRIBUTES } from '../../domain/search-attributes.js';

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);
const NAME = keyword(SEARCH_ATTRIBUTES.clusterName);
const TYPE = keyword(SEARCH_ATTRIBUTES.clusterType);
const PHASE = keyword(SEARCH_ATTRIBUTES.clusterPhase);
const OPERATION = keyword(SEARCH_ATTRIBUTES.operation);

export function clusterAttributes(definition: ClusterDefinition, phase: Phase): SearchAttributePair[] {
  return [
    { key: NAME, value: definition.name },
    { key: TYPE, value: definition.type },
    { key: PHASE, value: phase },
  ];
}

export function operationAttributes(
  definition: Pick<ClusterDefinition, 'name' | 'type'>,
  operation: string,
): SearchAttributePair[] {
  return [
    { key: NAME, value: definition.name },
    { key: TYPE, value: definition.type },
    { key: OPERATION, value: operation },
  ];
}
