/**
 * Looks whether a cluster is sound. Runs beside other operations: it changes nothing of what the cluster is, and what
 * it changes when it was asked to put things right is safe at any moment.
 */
import {
  CancellationScope,
  isCancellation,
  setCurrentDetails,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import { withServices } from '../domain/services/service-groups.js';
import { upcastDefinition } from '../domain/upcast.js';
import { selectChecks } from '../domain/validation/catalogue.js';
import type { Check } from '../domain/validation/check.js';
import { SOURCE_OF } from '../domain/validation/facts.js';
import type { ValidationRequest } from '../domain/validation/request.js';
import { reportOf, type CheckResult, type ValidationReport } from '../domain/validation/result.js';
import type { ValidatedMachine } from '../domain/validation/subject.js';
import {
  FACT_SOURCES,
  REMEDIATION_ACTIONS,
  type FactSource,
  type RemediationAction,
} from '../domain/validation/vocabulary.js';
import { together } from './lib/concurrency.js';
import { failureOf, workflowFailure } from './lib/failure.js';
import { operationAttributes } from './lib/search-attributes.js';
import { validationRecords } from './lib/validation-activities.js';
import { validationAsMarkdown, validationSummary } from './lib/validation-details.js';
import { askSource, remediate, type ObserveInput } from './lib/validation-sources.js';

export interface ValidateInput {
  readonly clusterUid: string;
  readonly operationId: string;
  /** Among the validations of clusters of this name. */
  readonly number: number;
  readonly definition: ClusterDefinition;
  readonly request: ValidationRequest;
  /** That the cluster has now. */
  readonly machines: readonly ValidatedMachine[];
}

/** What was put right may take a while to show. */
const LOOKS_AFTER_REMEDIATION = 6;
const BETWEEN_LOOKS = '10 seconds';

export async function validate(input: ValidateInput): Promise<Omit<ValidationReport, 'checks'>> {
  const { operationId, definition } = input;
  upsertSearchAttributes(operationAttributes(definition, 'validate'));
  try {
    const checks = await new ValidationRun(input).run();
    const report = reportOf(checks);
    await validationRecords.recordValidation({ operationId, report, summary: validationSummary(checks) });
    return { outcome: report.outcome, counts: report.counts };
  } catch (error) {
    const status = isCancellation(error) ? 'cancelled' : 'failed';
    const detail = status === 'cancelled' ? 'it was cancelled' : failureOf(error).detail;
    await CancellationScope.nonCancellable(() =>
      validationRecords.endValidation({ operationId, status, detail }),
    );
    throw workflowFailure(error);
  }
}

class ValidationRun {
  private readonly input: ValidateInput;
  private readonly results = new Map<string, CheckResult>();
  private checks: readonly Check[] = [];
  private waiting: readonly FactSource[] = [];

  constructor(input: ValidateInput) {
    this.input = input;
  }

  /** Results in the order of the catalogue. */
  async run(): Promise<CheckResult[]> {
    const { clusterUid, number, machines, request } = this.input;
    const definition = withServices(upcastDefinition(this.input.definition));
    const baseline = await validationRecords.readBaseline({ clusterUid });
    const observed: ObserveInput = { clusterUid, number, definition, machines, baseline };
    this.checks = selectChecks(request, { definition, machines, baseline, now: Date.now() });

    this.waiting = FACT_SOURCES.filter((source) => this.checksOf(source).length > 0);
    this.show();
    // All are awaited, also when one is cancelled: the workload must not outlive the run.
    await together(
      ...this.waiting.map((source) => async () => {
        this.keep(await askSource(source, this.checksOf(source), observed));
        this.waiting = this.waiting.filter((other) => other !== source);
        this.show();
      }),
    );
    if (request.remediateIssues) await this.remediateAll(observed);
    return this.ordered();
  }

  private async remediateAll(observed: ObserveInput): Promise<void> {
    for (const action of REMEDIATION_ACTIONS) {
      const failed = this.checks.filter(
        ({ id, remediation }) => remediation === action && this.results.get(id)?.status === 'failed',
      );
      if (failed.length > 0) await this.remediateOne(action, failed, observed);
    }
  }

  private async remediateOne(
    action: RemediationAction,
    failed: readonly Check[],
    observed: ObserveInput,
  ): Promise<void> {
    const before = new Map(failed.map(({ id }) => [id, this.results.get(id)?.evidence ?? []]));
    const { outcome, detail } = await remediate(action, observed);
    const remember = (): void => {
      for (const [id, evidence] of before) {
        const result = this.results.get(id);
        if (result === undefined) continue;
        const remediation = { action, outcome, detail, before: evidence };
        this.results.set(id, { ...result, remediation });
      }
      this.show();
    };
    remember();
    if (outcome !== 'done') return;
    const source = sourceOf(failed);
    for (let look = 0; look < LOOKS_AFTER_REMEDIATION; look += 1) {
      await sleep(BETWEEN_LOOKS, { summary: `See what came of ${action}` });
      this.keep(await askSource(source, failed, observed));
      remember();
      if (failed.every(({ id }) => this.results.get(id)?.status === 'passed')) return;
    }
  }

  private checksOf(source: FactSource): Check[] {
    return this.checks.filter(({ fact }) => SOURCE_OF[fact] === source);
  }

  private keep(results: readonly CheckResult[]): void {
    for (const result of results) this.results.set(result.id, result);
  }

  private ordered(): CheckResult[] {
    return this.checks.flatMap(({ id }) => this.results.get(id) ?? []);
  }

  private show(): void {
    const { definition, request } = this.input;
    const title = `Validation of ${definition.name} (${request.validationSuite})`;
    setCurrentDetails(validationAsMarkdown(title, this.ordered(), this.waiting));
  }
}

/** Checks with one remediation are judged by facts of one source. */
function sourceOf(checks: readonly Check[]): FactSource {
  const [first] = checks;
  return first === undefined ? 'KUBERNETES' : SOURCE_OF[first.fact];
}
