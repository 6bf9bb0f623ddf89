/** From what an operator sent to a complete definition, or to everything that is wrong with it. */
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import type { Fault } from '../domain/errors.js';
import { admit } from './admission.js';
import { resolveDefinition } from './definition/resolve.js';
import type { NetworkDefaults } from './definition/resolve-network.js';
import { type DefinitionInput, definitionShape } from './definition/shape.js';
import type { Known } from './known.js';
import { comparePointers } from './pointer.js';
import { inWordsOfRequest } from './request-words.js';
import { ALL_RULES } from './rules/all-rules.js';
import { REQUEST_RULES } from './rules/request.js';
import { punch, shapeFaults } from './shape-faults.js';

export type { NetworkDefaults } from './definition/resolve-network.js';

/** More than anybody reads; it keeps the answer to a hostile request small. */
const MAX_FAULTS = 500;

export type DefinitionResult =
  | { readonly ok: true; readonly definition: ClusterDefinition }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Checks shape and sense of a definition and fills in its defaults. A resolved definition resolves to itself.
 * @param input what `JSON.parse` returned; never throws, whatever it is.
 * @param defaults the network of machines whose definition says nothing about it.
 * @returns all faults at once, in the order of their pointers; the rules also judge the well-formed parts of an
 * ill-formed definition.
 */
export function parseClusterDefinition(input: unknown, defaults: NetworkDefaults): DefinitionResult {
  const admission = admit(input);
  if (admission.value === undefined) return { ok: false, faults: inOrder(admission.faults) };

  const parsed = definitionShape.safeParse(admission.value);
  const misshapen = parsed.success ? [] : shapeFaults(parsed.error, admission.value);
  const wellFormed = punch(admission.value, misshapen) as Known<DefinitionInput>;
  const draft = resolveDefinition(wellFormed, defaults);

  // What was not admitted is missing for zod: that is not to be said a second time.
  const refused = new Set(admission.faults.map(({ pointer }) => pointer));
  const faults = [
    ...admission.faults,
    ...misshapen.filter(({ pointer }) => !refused.has(pointer)),
    ...REQUEST_RULES.flatMap((rule) => rule(wellFormed, draft)),
    ...ALL_RULES.flatMap((rule) => rule(draft)).map((fault) => inWordsOfRequest(fault, wellFormed)),
  ];
  // Without faults there was nothing to punch out, so that no field of the draft is unknown.
  return faults.length === 0
    ? { ok: true, definition: draft as ClusterDefinition }
    : { ok: false, faults: inOrder(faults) };
}

function inOrder(faults: readonly Fault[]): Fault[] {
  const sorted = faults
    .map(({ pointer, detail }) => ({ pointer, detail }))
    .toSorted((a, b) => comparePointers(a.pointer, b.pointer) || compareText(a.detail, b.detail));
  const excess = sorted.length - MAX_FAULTS;
  if (excess <= 0) return sorted;
  return [...sorted.slice(0, MAX_FAULTS), { pointer: '', detail: `has ${excess} more faults` }];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
