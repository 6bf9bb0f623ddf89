/** One check as data: what it looks at, how it judges, and what a person can do about it. */
import type { FactName, Facts } from './facts.js';
import type { ValidationSubject } from './subject.js';
import type { Verdict } from './verdict.js';
import type { CheckSeverity, RemediationAction, ValidationCategory, ValidationSuite } from './vocabulary.js';

export interface CheckOf<Name extends FactName> {
  /** Part of the API and of kept results: it is never changed. */
  readonly id: string;
  /** What is true when it passes. */
  readonly title: string;
  readonly category: ValidationCategory;
  /** The smallest suite that has it. */
  readonly suite: ValidationSuite;
  readonly severity: CheckSeverity;
  /** What it judges. */
  readonly fact: Name;
  readonly remedy: string;
  readonly remediation?: RemediationAction;
  /** Whether there is anything to look at in such a cluster; always, where it is left out. */
  applies?(subject: ValidationSubject): boolean;
  judge(fact: Facts[Name], subject: ValidationSubject): Verdict;
}

export type Check = { [Name in FactName]: CheckOf<Name> }[FactName];
