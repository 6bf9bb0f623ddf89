/** `POST /clusters/{name}/validate`, `GET /clusters/{name}/validations` and `…/{id}`. */
import type { Router } from 'express';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { ClusterwrightError, fail } from '../../domain/errors.js';
import type { ValidationRequest } from '../../domain/validation/request.js';
import { validatedMachines, type ValidatedMachine } from '../../domain/validation/subject.js';
import type { ValidationSummaryView, ValidationView } from '../../schema/responses.js';
import { parseValidationListQuery } from '../../schema/validation-list-query.js';
import { parseValidationRequest } from '../../schema/validation-request.js';
import type { KeptValidation, ValidationRecord } from '../../store/validation-port.js';
import type { ApiDependencies } from '../dependencies.js';
import { acceptOperation } from '../operations.js';
import { onlyMethods } from './only-methods.js';
import { acceptedBody } from './operations.js';

export function validationRoutes(router: Router, dependencies: ApiDependencies): void {
  const { store } = dependencies;

  router.post('/clusters/:name/validate', async (request, response) => {
    const { name } = request.params;
    const parsed = parseValidationRequest(request.body);
    if (!parsed.ok) throw fail('INVALID_REQUEST', 'the request is not valid', { faults: parsed.faults });
    const asked = { kind: 'validate', cluster: name } as const;
    const operation = await acceptOperation(dependencies, request, asked, ({ id }) =>
      begin(dependencies, { id, name, request: parsed.value }),
    );
    const body = acceptedBody(operation);
    const validation = `/api/v1/clusters/${name}/validations/${operation.id}`;
    response
      .status(202)
      .location(validation)
      .json({ ...body, links: { ...body.links, validation } });
  });
  onlyMethods(router, '/clusters/:name/validate', 'POST');

  router.get('/clusters/:name/validations', async (request, response) => {
    const { name } = request.params;
    const query = parseValidationListQuery(request.query);
    if (!query.ok) throw fail('INVALID_REQUEST', 'the query is not valid', { faults: query.faults });
    if ((await store.clusters.get(name)) === undefined)
      throw fail('CLUSTER_NOT_FOUND', `there is no cluster "${name}"`);
    const { limit } = query.value;
    // One more than asked for tells whether there is a next page.
    const records = await store.validations.list({ cluster: name, ...query.value, limit: limit + 1 });
    const items = records.slice(0, limit).map(summaryView);
    response.json({ items, next: records.length > limit ? (items.at(-1)?.number ?? null) : null });
  });
  onlyMethods(router, '/clusters/:name/validations', 'GET');

  router.get('/clusters/:name/validations/:id', async (request, response) => {
    const { name, id } = request.params;
    const kept = await store.validations.get(id);
    if (kept?.cluster !== name)
      throw fail('VALIDATION_NOT_FOUND', `cluster "${name}" has no validation "${id}"`);
    response.json(validationView(kept));
  });
  onlyMethods(router, '/clusters/:name/validations/:id', 'GET');
}

/** The number is taken before the start, and a repeated start has the same: two are never under way for one request. */
async function begin(
  { store, orchestrator }: ApiDependencies,
  { id, name, request }: { readonly id: string; readonly name: string; readonly request: ValidationRequest },
): Promise<void> {
  const { clusterUid, definition, machines } = await validatable({ orchestrator }, name);
  const { number } = await store.validations.begin({ id, cluster: name, clusterUid, request });
  try {
    await orchestrator.validate({ operationId: id, number, clusterUid, definition, request, machines });
  } catch (error) {
    // A definite refusal started nothing; after any other error the same request finds out.
    if (error instanceof ClusterwrightError && error.kind.retry === 'never')
      await store.validations.abandon(id);
    throw error;
  }
}

/** @throws `CLUSTER_NOT_FOUND`, `PHASE_CONFLICT` while there are no machines to look at. */
async function validatable(
  { orchestrator }: Pick<ApiDependencies, 'orchestrator'>,
  name: string,
): Promise<{
  readonly clusterUid: string;
  readonly definition: ClusterDefinition;
  readonly machines: readonly ValidatedMachine[];
}> {
  const state = await orchestrator.clusterState(name);
  if (state === undefined || state.definition === null || state.phase === 'GONE')
    throw fail('CLUSTER_NOT_FOUND', `there is no cluster "${name}"`);
  const machines = validatedMachines(state.nodes);
  if (machines.length === 0 || state.phase === 'DECOMMISSIONING')
    throw fail('PHASE_CONFLICT', `cluster "${name}" is ${state.phase}: it has no machines to look at`);
  return { clusterUid: state.uid, definition: state.definition, machines };
}

function summaryView(record: ValidationRecord): ValidationSummaryView {
  const { id, number, cluster, request, status, outcome, detail, startedAt, finishedAt } = record;
  const asked = { ...request, categories: [...request.categories] };
  return { id, number, cluster, request: asked, status, outcome, detail, startedAt, finishedAt };
}

function validationView(kept: KeptValidation): ValidationView {
  const { report } = kept;
  const checks = (report?.checks ?? []).map((check) => ({
    ...check,
    evidence: [...check.evidence],
    measures: { ...check.measures },
    remediation:
      check.remediation === null
        ? null
        : {
            ...check.remediation,
            detail: [...check.remediation.detail],
            before: [...check.remediation.before],
          },
  }));
  return { ...summaryView(kept), counts: report === null ? null : { ...report.counts }, checks };
}
