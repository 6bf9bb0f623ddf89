/** `/nodes/{node}/qemu/{vmid}/firewall` and the switch of the datacenter's own firewall. */
import { loadVm, hostNamed } from './cluster.js';
import type { Cluster } from './cluster.js';
import { FLAG, NODE, OPTIONAL_TEXT, VMID } from './endpoint.js';
import type { Call, Endpoint } from './endpoint.js';
import { splitList } from './option-format.js';
import type { ParameterSchema, ParameterSpec } from './parameters.js';
import {
  checkFirewallDigest,
  firewallDigest,
  firewallOf,
  moved,
  putFirewall,
  ruleAt,
} from './vm-firewall.js';
import type { VmFirewall, VmFirewallRule } from './vm-firewall.js';
import { RULE_DETAILS, RULE_ESSENTIALS, verifyRule } from './vm-firewall-rule.js';

const PATH = '/nodes/{node}/qemu/{vmid}/firewall';
const VM: ParameterSchema = { node: NODE, vmid: VMID };
const POSITION: ParameterSpec & { readonly optional: true } = { type: 'integer', optional: true, minimum: 0 };
const DIGEST = { digest: { ...OPTIONAL_TEXT, maxLength: 64 } };
const POLICY = { ...OPTIONAL_TEXT, values: ['ACCEPT', 'REJECT', 'DROP'] };
const LOG = {
  ...OPTIONAL_TEXT,
  values: ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug', 'nolog'],
};
const OPTIONS: ParameterSchema = {
  enable: FLAG,
  dhcp: FLAG,
  ipfilter: FLAG,
  macfilter: FLAG,
  ndp: FLAG,
  radv: FLAG,
  policy_in: POLICY,
  policy_out: POLICY,
  log_level_in: LOG,
  log_level_out: LOG,
};
const NOT_PROPERTIES = ['node', 'vmid', 'pos', 'moveto', 'delete', 'digest'];

type Permit = NonNullable<Endpoint['permit']>;

const mayLook: Permit = (session, path) => session.check(`/vms/${path.get('vmid') ?? ''}`, 'VM.Audit');
const mayChange: Permit = (session, path) =>
  session.check(`/vms/${path.get('vmid') ?? ''}`, 'VM.Config.Network');

export function vmFirewallEndpoints(cluster: Cluster): Endpoint[] {
  return [...ruleEndpoints(cluster), ...optionEndpoints(cluster), ...datacenterEndpoints(cluster)];
}

function ruleEndpoints(cluster: Cluster): Endpoint[] {
  return [
    {
      method: 'GET',
      path: `${PATH}/rules`,
      parameters: VM,
      permit: mayLook,
      handle: (call) => {
        const { rules } = addressed(cluster, call).firewall;
        return rules.map((rule, pos) => presented(rule, pos, firewallDigest(rules)));
      },
    },
    {
      method: 'GET',
      path: `${PATH}/rules/{pos}`,
      parameters: { ...VM, pos: POSITION },
      permit: mayLook,
      handle: (call) => {
        const { rules } = addressed(cluster, call).firewall;
        const pos = Number(call.params.required('pos'));
        return presented(ruleAt(rules, pos), pos, firewallDigest(rules));
      },
    },
    {
      method: 'POST',
      path: `${PATH}/rules`,
      parameters: {
        ...RULE_ESSENTIALS,
        ...RULE_DETAILS,
        ...VM,
        ...DIGEST,
        pos: POSITION,
      },
      permit: mayChange,
      handle: (call) => {
        const { vmid, firewall } = addressed(cluster, call);
        // A rule that does not say so is off, and a new one always comes first: `pos` is not looked at.
        const rule = { enable: '0', ...propertiesOf(call) };
        verifyRule(rule);
        putFirewall(cluster.datacenter, vmid, { ...firewall, rules: [rule, ...firewall.rules] });
      },
    },
    {
      method: 'PUT',
      path: `${PATH}/rules/{pos}`,
      parameters: {
        ...Object.fromEntries(
          Object.entries(RULE_ESSENTIALS).map(([name, spec]) => [name, { ...spec, optional: true as const }]),
        ),
        ...RULE_DETAILS,
        ...VM,
        ...DIGEST,
        pos: POSITION,
        moveto: POSITION,
        delete: OPTIONAL_TEXT,
      },
      permit: mayChange,
      handle: (call) => changeRule(cluster, call),
    },
    {
      method: 'DELETE',
      path: `${PATH}/rules/{pos}`,
      parameters: { ...VM, ...DIGEST, pos: POSITION },
      permit: mayChange,
      handle: (call) => {
        const { vmid, firewall } = addressed(cluster, call);
        const pos = Number(call.params.required('pos'));
        checkFirewallDigest(firewall.rules, call.params.text('digest'));
        ruleAt(firewall.rules, pos);
        const rules = firewall.rules.filter((_, index) => index !== pos);
        putFirewall(cluster.datacenter, vmid, { ...firewall, rules });
      },
    },
  ];
}

function changeRule(cluster: Cluster, call: Call): void {
  const { params } = call;
  const { vmid, firewall } = addressed(cluster, call);
  const pos = Number(params.required('pos'));
  checkFirewallDigest(firewall.rules, params.text('digest'));
  const before = ruleAt(firewall.rules, pos);
  const moveto = params.number('moveto');
  if (moveto !== undefined && moveto !== pos) {
    putFirewall(cluster.datacenter, vmid, { ...firewall, rules: moved(firewall.rules, pos, moveto) });
    return;
  }
  const removed = splitList(params.text('delete') ?? '');
  const merged = Object.entries({ ...before, ...propertiesOf(call) });
  const rule = Object.fromEntries(merged.filter(([name]) => !removed.includes(name)));
  verifyRule(rule);
  putFirewall(cluster.datacenter, vmid, { ...firewall, rules: firewall.rules.with(pos, rule) });
}

function optionEndpoints(cluster: Cluster): Endpoint[] {
  return [
    {
      method: 'GET',
      path: `${PATH}/options`,
      parameters: VM,
      permit: mayLook,
      handle: (call) => {
        const { options } = addressed(cluster, call).firewall;
        const shown = Object.entries(options).map(([name, value]): [string, string | number] => [
          name,
          OPTIONS[name]?.type === 'boolean' ? Number(value) : value,
        ]);
        return { ...Object.fromEntries(shown), digest: firewallDigest(options) };
      },
    },
    {
      method: 'PUT',
      path: `${PATH}/options`,
      parameters: { ...OPTIONS, ...VM, ...DIGEST, delete: OPTIONAL_TEXT },
      permit: mayChange,
      handle: (call) => {
        const { vmid, firewall } = addressed(cluster, call);
        checkFirewallDigest(firewall.options, call.params.text('digest'));
        const removed = splitList(call.params.text('delete') ?? '');
        const merged = Object.entries({ ...firewall.options, ...propertiesOf(call) });
        const options = Object.fromEntries(merged.filter(([name]) => !removed.includes(name)));
        putFirewall(cluster.datacenter, vmid, { ...firewall, options });
      },
    },
  ];
}

function datacenterEndpoints({ datacenter }: Cluster): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/cluster/firewall/options',
      parameters: {},
      permit: (session) => session.check('/', 'Sys.Audit'),
      handle: () => ({ enable: datacenter.record.firewallEnabled ? 1 : 0, digest: '0'.repeat(40) }),
    },
    {
      method: 'PUT',
      path: '/cluster/firewall/options',
      parameters: {
        enable: { type: 'integer', optional: true, minimum: 0 },
        ...DIGEST,
        delete: OPTIONAL_TEXT,
      },
      permit: (session) => session.check('/', 'Sys.Modify'),
      handle: ({ params }) => {
        const enable = splitList(params.text('delete') ?? '').includes('enable')
          ? 0
          : params.number('enable');
        if (enable !== undefined) datacenter.change({ firewallEnabled: enable !== 0 });
      },
    },
  ];
}

function addressed(cluster: Cluster, { params }: Call): { vmid: number; firewall: VmFirewall } {
  const vmid = Number(params.required('vmid'));
  loadVm(cluster, hostNamed(cluster, params.required('node')).name, vmid);
  return { vmid, firewall: firewallOf(cluster.datacenter, vmid) };
}

/** An empty value, or `-`, takes a property away. */
function propertiesOf({ params }: Call): VmFirewallRule {
  return Object.fromEntries(params.without(...NOT_PROPERTIES));
}

function presented(rule: VmFirewallRule, pos: number, digest: string): Record<string, string | number> {
  return { ...rule, enable: Number(rule['enable'] ?? 0), pos, digest };
}
