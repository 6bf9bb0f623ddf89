/** What a validation is asked to do. Every field is present: `schema/validation-request.ts` resolves the defaults. */
import type { ValidationCategory, ValidationSuite } from './vocabulary.js';

export interface ValidationRequest {
  readonly validationSuite: ValidationSuite;
  readonly categories: readonly ValidationCategory[];
  /** Failed checks that have a safe remediation get it. */
  readonly remediateIssues: boolean;
}
