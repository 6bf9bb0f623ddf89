/** Which rules of high availability cannot be kept. One that cannot is left out as a whole. */
import type { HaRule } from './ha-config.js';

/** What is wrong with a rule, by its property. */
export type RuleErrors = Readonly<Record<string, readonly string[]>>;

export interface FeasibilityInput {
  readonly rules: Readonly<Record<string, HaRule>>;
  /** How many hosts the cluster has. */
  readonly hosts: number;
}

/** By the rule's name; rules that can be kept are not in it. A disabled rule is looked at like any other. */
export function infeasibleRules({ rules, hosts }: FeasibilityInput): Readonly<Record<string, RuleErrors>> {
  const all = Object.entries(rules);
  const found = all.flatMap(([name, rule]) => {
    const resources = [
      ...(rule.type === 'resource-affinity' ? affinityErrors(rule.resources, rule.affinity, hosts) : []),
      ...all.flatMap(([other, otherRule]) => (other === name ? [] : conflicts(rule, otherRule))),
    ];
    return resources.length === 0 ? [] : [[name, { resources: [...new Set(resources)] }] as const];
  });
  return Object.fromEntries(found);
}

/** The rules that are kept to. */
export function effectiveRules(input: FeasibilityInput): HaRule[] {
  const infeasible = infeasibleRules(input);
  return Object.entries(input.rules)
    .filter(([name, rule]) => !rule.disabled && infeasible[name] === undefined)
    .map(([, rule]) => rule);
}

function affinityErrors(
  resources: readonly string[],
  affinity: 'positive' | 'negative',
  hosts: number,
): string[] {
  return [
    ...(resources.length < 2 ? ['rule is ineffective as there are less than two resources'] : []),
    ...(affinity === 'negative' && resources.length > hosts
      ? ['rule defines more resources than available nodes']
      : []),
  ];
}

function conflicts(rule: HaRule, other: HaRule): string[] {
  const common = rule.resources.filter((resource) => other.resources.includes(resource));
  if (common.length === 0) return [];
  if (rule.type === 'node-affinity' && other.type === 'node-affinity') {
    return common.map((resource) => `resource '${resource}' is already used in another node affinity rule`);
  }
  if (rule.type === 'resource-affinity' && other.type === 'resource-affinity') {
    const isOpposite = rule.affinity !== other.affinity && common.length > 1;
    return isOpposite ? ['rule shares two or more resources with a rule of the opposite affinity'] : [];
  }
  const nodes = rule.type === 'node-affinity' ? rule : (other as Extract<HaRule, { type: 'node-affinity' }>);
  return new Set(Object.values(nodes.nodes)).size > 1
    ? ['resources are in a node affinity rule with multiple priorities']
    : [];
}
