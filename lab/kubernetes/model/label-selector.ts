/** Label selectors: the text of query parameters, and the objects in specifications. */
import { badRequest } from './status-error.js';

export type Labels = Readonly<Record<string, string>>;

interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values: readonly string[];
}

export type LabelSelector = readonly Requirement[];

/** As in `spec.selector` of a Deployment; also `nodeSelectorTerms[].matchExpressions`. */
export interface LabelSelectorObject {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

const SET_BASED = /^([\w./-]+)\s+(in|notin)\s*\(([^)]*)\)$/;
const EQUALITY = /^([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)$/;
const EXISTENCE = /^(!?)\s*([\w./-]+)$/;

/** Reads `app=web,tier in (a, b),!legacy`. @throws StatusError 400 */
export function parseLabelSelector(text: string): LabelSelector {
  // Commas inside parentheses belong to the set, not to the list of requirements.
  const parts = text.match(/(?:[^,(]|\([^)]*\)?)+/g) ?? [];
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseRequirement);
}

function parseRequirement(text: string): Requirement {
  const setBased = SET_BASED.exec(text);
  if (setBased !== null) {
    const [, key = '', operator, values = ''] = setBased;
    return {
      key,
      operator: operator === 'in' ? 'In' : 'NotIn',
      values: values.split(',').map((value) => value.trim()),
    };
  }
  const equality = EQUALITY.exec(text);
  if (equality !== null) {
    const [, key = '', operator, value = ''] = equality;
    return { key, operator: operator === '!=' ? 'NotIn' : 'In', values: [value] };
  }
  const existence = EXISTENCE.exec(text);
  if (existence === null) throw badRequest(`unable to parse requirement: "${text}"`);
  return { key: existence[2] ?? '', operator: existence[1] === '!' ? 'DoesNotExist' : 'Exists', values: [] };
}

/** An absent selector selects nothing, an empty one everything. */
export function selectorOf(object: LabelSelectorObject | undefined): LabelSelector | undefined {
  if (object === undefined) return undefined;
  return [
    ...Object.entries(object.matchLabels ?? {}).map(([key, value]): Requirement => ({
      key,
      operator: 'In',
      values: [value],
    })),
    ...(object.matchExpressions ?? []).map(({ key, operator, values }): Requirement => ({
      key,
      operator: operator as Requirement['operator'],
      values: values ?? [],
    })),
  ];
}

export function matchesLabels(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  return (
    selector !== undefined && selector.every((requirement) => meets(requirement, labels?.[requirement.key]))
  );
}

function meets({ operator, values }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return Number(value) > Number(values[0]);
    case 'Lt':
      return Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** The text form, for `status.selector` of a Scale. */
export function formatLabelSelector(selector: LabelSelector): string {
  return selector
    .map(({ key, operator, values }) => {
      if (operator === 'Exists') return key;
      if (operator === 'DoesNotExist') return `!${key}`;
      if (operator === 'In' && values.length === 1) return `${key}=${values[0]}`;
      return `${key} ${operator.toLowerCase()} (${values.join(',')})`;
    })
    .join(',');
}
