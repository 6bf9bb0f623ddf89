/** `/cluster/ha/rules`: which hosts resources may be on, and which have to be together or apart. */
import { ApiError, die } from './api-error.js';
import type { Cluster } from './cluster.js';
import { without } from './datacenter.js';
import { FLAG, OPTIONAL_TEXT, TEXT } from './endpoint.js';
import type { Call, Endpoint } from './endpoint.js';
import type { HaRule } from './ha-config.js';
import { infeasibleRules } from './ha-feasibility.js';
import {
  checkHaDigest,
  haDigest,
  managedResources,
  nodePriorities,
  presentRule,
  resourceId,
} from './ha-parameters.js';
import { splitList } from './option-format.js';
import type { ParameterSchema } from './parameters.js';

const PATH = '/cluster/ha/rules';
const TYPES = ['node-affinity', 'resource-affinity'];
const RULE = { ...TEXT, pattern: /^[a-zA-Z][a-zA-Z0-9\-_]+$/, maxLength: 128 };
const PROPERTIES: ParameterSchema = {
  rule: RULE,
  type: { ...TEXT, values: TYPES },
  resources: OPTIONAL_TEXT,
  nodes: OPTIONAL_TEXT,
  strict: FLAG,
  affinity: { ...OPTIONAL_TEXT, values: ['positive', 'negative'] },
  disable: FLAG,
  comment: { ...OPTIONAL_TEXT, maxLength: 4_096 },
};

type Permit = NonNullable<Endpoint['permit']>;

const mayLook: Permit = (session) => session.check('/', 'Sys.Audit');
const mayChange: Permit = (session) => session.check('/', 'Sys.Console');

export function haRuleEndpoints(cluster: Cluster): Endpoint[] {
  const { datacenter, ha } = cluster;
  return [
    {
      method: 'GET',
      path: PATH,
      parameters: { type: { ...OPTIONAL_TEXT, values: TYPES }, resource: OPTIONAL_TEXT },
      permit: mayLook,
      handle: ({ params }) => {
        const resource = params.text('resource');
        return Object.entries(datacenter.record.haRules)
          .filter(([, rule]) => (params.text('type') ?? rule.type) === rule.type)
          .filter(([, rule]) => resource === undefined || rule.resources.includes(resourceId(resource)))
          .map(([name]) => shown(cluster, name));
      },
    },
    {
      method: 'GET',
      path: `${PATH}/{rule}`,
      parameters: { rule: RULE },
      permit: mayLook,
      handle: ({ params }) => shown(cluster, params.required('rule')),
    },
    {
      method: 'POST',
      path: PATH,
      parameters: PROPERTIES,
      permit: mayChange,
      handle: (call) => {
        const name = call.params.required('rule');
        const { haRules } = datacenter.record;
        if (haRules[name] !== undefined) die(`create ha rule failed: HA rule '${name}' already defined`);
        putRule(cluster, name, newRule(cluster, call));
        ha.nudge();
      },
    },
    {
      method: 'PUT',
      path: `${PATH}/{rule}`,
      parameters: { ...PROPERTIES, delete: OPTIONAL_TEXT, digest: OPTIONAL_TEXT },
      permit: mayChange,
      handle: (call) => {
        const name = call.params.required('rule');
        const { haRules } = datacenter.record;
        const before = haRules[name] ?? die(`update HA rules failed: HA rule '${name}' does not exist`);
        checkHaDigest(haRules, call.params.text('digest'));
        putRule(cluster, name, changedRule(cluster, before, call));
        ha.nudge();
      },
    },
    {
      method: 'DELETE',
      path: `${PATH}/{rule}`,
      parameters: { rule: RULE },
      permit: mayChange,
      handle: ({ params }) => {
        datacenter.change({ haRules: without(datacenter.record.haRules, params.required('rule')) });
        ha.nudge();
      },
    },
  ];
}

/** A resource that is managed no more is taken out of all rules; one that was alone in its rule takes it along. */
export function removeFromRules({ datacenter }: Cluster, sid: string): void {
  const rules = Object.entries(datacenter.record.haRules)
    .map(
      ([name, rule]) => [name, { ...rule, resources: rule.resources.filter((one) => one !== sid) }] as const,
    )
    .filter(([, rule]) => rule.resources.length > 0);
  datacenter.change({ haRules: Object.fromEntries(rules) });
}

/** A rule that cannot be kept is refused when it is written; it can still become so by what happens elsewhere. */
function putRule({ datacenter, inventory }: Cluster, name: string, rule: HaRule): void {
  const rules = { ...datacenter.record.haRules, [name]: rule };
  const errors = infeasibleRules({ rules, hosts: inventory.hosts.length })[name];
  if (errors !== undefined) {
    const texts = Object.entries(errors).map(([property, all]) => [property, all.join(', ')]);
    throw new ApiError(
      400,
      `Rule '${name}' is invalid.`,
      Object.fromEntries(texts) as Record<string, string>,
    );
  }
  datacenter.change({ haRules: rules });
}

function newRule(cluster: Cluster, { params }: Call): HaRule {
  const common = {
    resources: managedResources(cluster, params.text('resources') ?? ''),
    disabled: params.flag('disable'),
    comment: params.text('comment') ?? null,
  };
  if (params.required('type') === 'node-affinity') {
    const nodes = nodePriorities(cluster, params.text('nodes') ?? '');
    return { type: 'node-affinity', ...common, nodes, strict: params.flag('strict') };
  }
  const affinity = params.text('affinity') as 'positive' | 'negative' | undefined;
  return { type: 'resource-affinity', ...common, affinity: affinity ?? 'positive' };
}

function changedRule(cluster: Cluster, before: HaRule, { params }: Call): HaRule {
  const removed = splitList(params.text('delete') ?? '');
  const resources = params.text('resources');
  const nodes = params.text('nodes');
  const common = {
    resources: resources === undefined ? before.resources : managedResources(cluster, resources),
    disabled:
      params.text('disable') === undefined
        ? before.disabled && !removed.includes('disable')
        : params.flag('disable'),
    comment: params.text('comment') ?? (removed.includes('comment') ? null : before.comment),
  };
  if (before.type === 'resource-affinity') {
    const affinity = params.text('affinity') as 'positive' | 'negative' | undefined;
    return { ...before, ...common, affinity: affinity ?? before.affinity };
  }
  return {
    ...before,
    ...common,
    nodes: nodes === undefined ? before.nodes : nodePriorities(cluster, nodes),
    strict: params.text('strict') === undefined ? before.strict : params.flag('strict'),
  };
}

function shown({ datacenter, inventory }: Cluster, name: string): Record<string, unknown> {
  const rules = datacenter.record.haRules;
  const rule = rules[name] ?? die(`no such ha rule '${name}'`);
  const order = Object.keys(rules).indexOf(name) + 1;
  const errors = infeasibleRules({ rules, hosts: inventory.hosts.length })[name];
  const digest = haDigest(rules);
  return { ...presentRule(name, rule, order, digest), ...(errors === undefined ? {} : { errors }) };
}
