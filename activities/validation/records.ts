/** What validations keep, and compare themselves with. */
import type { ValidationReport } from '../../domain/validation/result.js';
import type { Baseline } from '../../domain/validation/subject.js';
import type { Store } from '../../store/store.js';

export type ValidationRecordActivities = ReturnType<typeof createValidationRecords>;

/** For the task queue of workflows. */
export function createValidationRecords({
  store,
}: {
  readonly store: Pick<Store, 'validations' | 'operations'>;
}) {
  return {
    readBaseline: ({ clusterUid }: { readonly clusterUid: string }): Promise<Baseline> =>
      store.validations.baseline(clusterUid),

    /** Keeps the report, and ends the operation. */
    recordValidation: async (request: {
      readonly operationId: string;
      readonly report: ValidationReport;
      /** In a few words. */
      readonly summary: string;
    }): Promise<void> => {
      const { operationId, report, summary } = request;
      await store.validations.finish(operationId, report);
      await store.operations.finish(operationId, 'succeeded', summary);
    },

    /** It came to no result. */
    endValidation: async (request: {
      readonly operationId: string;
      readonly status: 'failed' | 'cancelled';
      readonly detail: string;
    }): Promise<void> => {
      const { operationId, status, detail } = request;
      await store.validations.end(operationId, status, detail);
      await store.operations.finish(operationId, status, detail);
    },
  };
}
