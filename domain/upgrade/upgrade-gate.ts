/** What has to hold after each machine of an upgrade, as the operator says it, before the next one is touched. */

export const COMPARISONS = ['<', '<=', '==', '!=', '>=', '>'] as const;
export type Comparison = (typeof COMPARISONS)[number];

export type UpgradeGate = HttpGate | PromqlGate | JobGate;

interface Gate {
  /** How long it is tried; after that it has failed. */
  readonly timeoutSeconds: number;
}

export interface HttpGate extends Gate {
  readonly kind: 'HTTP';
  readonly url: string;
  readonly expectedStatus: number;
}

export interface PromqlGate extends Gate {
  readonly kind: 'PROMQL';
  /** Of Prometheus, without `/api/v1/query`. */
  readonly url: string;
  readonly query: string;
  /** Each value that the query yields has to compare so with the threshold; one that yields none has not. */
  readonly comparison: Comparison;
  readonly threshold: number;
}

/** A Job that is run once for each machine, and has to succeed. */
export interface JobGate extends Gate {
  readonly kind: 'JOB';
  readonly namespace: string;
  readonly image: string;
  readonly command: readonly string[];
}

export function gateTitle(gate: UpgradeGate): string {
  switch (gate.kind) {
    case 'HTTP':
      return `Gate: ${gate.url} answers ${gate.expectedStatus}`;
    case 'PROMQL':
      return `Gate: ${gate.query} ${gate.comparison} ${gate.threshold}`;
    case 'JOB':
      return `Gate: a Job with ${gate.image} succeeds in ${gate.namespace}`;
  }
}

/** No number compares with NaN, which is what PromQL makes of a division by nothing. */
export function compares(value: number, comparison: Comparison, threshold: number): boolean {
  if (Number.isNaN(value)) return false;
  switch (comparison) {
    case '<':
      return value < threshold;
    case '<=':
      return value <= threshold;
    case '==':
      return value === threshold;
    case '!=':
      return value !== threshold;
    case '>=':
      return value >= threshold;
    case '>':
      return value > threshold;
  }
}
