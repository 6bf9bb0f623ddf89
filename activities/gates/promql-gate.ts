/** A gate that is open while each value of a query compares as it is to (https://prometheus.io/docs/prometheus/latest/querying/api). */
import { compares, type PromqlGate } from '../../domain/upgrade/upgrade-gate.js';
import { httpGet, type Look } from './http-get.js';

/** @returns why it is not open; `null` when it is. */
export async function promqlObjection(gate: PromqlGate, look: Look): Promise<string | null> {
  const { query, comparison, threshold } = gate;
  const url = new URL(`${gate.url.replace(/\/+$/, '')}/api/v1/query`);
  url.searchParams.set('query', query);
  let text: string;
  try {
    const answer = await httpGet(url, look);
    if (answer.status !== 200) return `Prometheus answers ${answer.status}: ${answer.body.slice(0, 300)}`;
    text = answer.body;
  } catch (error) {
    look.signal.throwIfAborted();
    return `Prometheus does not answer at ${gate.url}: ${(error as Error).message}`;
  }
  const values = valuesIn(text);
  if (values === undefined) return `what answers at ${gate.url} is not Prometheus`;
  // Of an expression that found nothing nobody knows whether all is well, or nothing is measured.
  if (values.length === 0) return `${query} yields nothing`;
  const wrong = values.find((value) => !compares(value, comparison, threshold));
  return wrong === undefined ? null : `${query} is ${wrong}, not ${comparison} ${threshold}`;
}

type Sample = readonly [number, string];

interface Answer {
  readonly data?: { readonly resultType?: string; readonly result?: unknown };
}

/** Of a vector or a scalar; `undefined` for what is neither. */
function valuesIn(text: string): number[] | undefined {
  let answer: Answer | null;
  try {
    answer = JSON.parse(text) as Answer | null;
  } catch {
    return undefined;
  }
  const { resultType, result } = answer?.data ?? {};
  if (!Array.isArray(result)) return undefined;
  switch (resultType) {
    case 'scalar':
      return [numberOf((result as unknown as Sample)[1])];
    case 'vector':
      return (result as { readonly value: Sample }[]).map(({ value }) => numberOf(value[1]));
    case undefined:
    default:
      return undefined;
  }
}

/** Prometheus writes `+Inf`, `-Inf` and `NaN`. */
function numberOf(text: string): number {
  if (/^[+-]Inf$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return Number(text);
}
