/** The single checks of a preflight. Each looks at one thing, and says of each subject whether it will do. */
import { Context } from '@temporalio/activity';
import type { Inventory } from '../../../domain/inventory.js';
import { vlanObjection } from '../../../domain/network/vlan.js';
import type { Plan, PlannedMachine } from '../../../domain/plan.js';
import { imageOf } from '../../../domain/planning/host-objection.js';
import { blocker, ok, warning, type Finding } from '../../../domain/preflight/findings.js';
import { missingPrivileges, type RequiredPrivilege } from '../../../domain/preflight/privileges.js';
import { storageName } from '../client.js';
import type { ProxmoxContext } from '../dependencies.js';
import { parseProperties } from '../property-string.js';
import type { ClusterOptions } from './preflight-calls.js';

/** Of Proxmox VE: what the API is used for is described for this one, and is there from here on. */
const LEAST_VERSION = 8;
const DESCRIBED_VERSION = 9;
/** etcd warns beyond a second or so; certificates that are not valid yet are refused. */
const SKEW_WARNING_SECONDS = 2;
const SKEW_BLOCKER_SECONDS = 60;

export async function checkPrivileges(
  { client }: ProxmoxContext,
  required: readonly RequiredPrivilege[],
): Promise<Finding[]> {
  const permissions = await client.permissions(signalOf());
  if (Object.keys(permissions).length === 0) {
    return [
      blocker(
        'privileges',
        'the token',
        'it has no privileges at all: a token with privilege separation begins with none',
        'Run the commands that this preflight lists.',
      ),
    ];
  }
  const missing = missingPrivileges(required, permissions);
  if (missing.length === 0)
    return [ok('privileges', 'the token', `it has all ${required.length} privileges that are needed`)];
  return missing.map(({ path, privilege, feature }) =>
    blocker(
      'privileges',
      path,
      `the token lacks ${privilege}, which is needed to ${feature}`,
      'Run the commands that this preflight lists.',
    ),
  );
}

export async function checkCluster({ client }: ProxmoxContext): Promise<Finding[]> {
  const [status, nodes] = await Promise.all([client.clusterStatus(signalOf()), client.nodes(signalOf())]);
  const cluster = status.find(({ type }) => type === 'cluster');
  const quorum =
    cluster !== undefined && cluster.quorate !== 1
      ? blocker(
          'quorum',
          cluster.name,
          'the Proxmox cluster has no quorum: nothing can be changed',
          'Bring enough hosts back, then try again.',
        )
      : ok('quorum', cluster?.name ?? 'a single host', 'changes are possible');
  const hosts = nodes.map(({ node, status: state }) =>
    state === 'online'
      ? ok('hosts', node, 'it is online')
      : warning(
          'hosts',
          node,
          `it is ${state}: nothing is placed on it`,
          'Bring it back, or go on without it.',
        ),
  );
  return [quorum, ...hosts];
}

export async function checkVersion({ client }: ProxmoxContext): Promise<Finding[]> {
  const { version } = await client.version(signalOf());
  const major = Number(version.split('.')[0]);
  if (major < LEAST_VERSION)
    return [blocker('version', version, 'Proxmox VE 8 or later is needed', 'Upgrade Proxmox VE.')];
  if (major < DESCRIBED_VERSION) {
    const detail = 'disks are imported and rules of high availability are kept as Proxmox VE 9 does';
    return [warning('version', version, detail, 'Upgrade Proxmox VE when you can.')];
  }
  return [ok('version', version, 'it is known')];
}

export async function checkClocks(
  { client }: ProxmoxContext,
  hosts: readonly string[],
  now: () => number,
): Promise<Finding[]> {
  return Promise.all(
    hosts.map(async (host) => {
      const before = now();
      const { time } = await client.nodeTime(host, signalOf());
      // The answer was made somewhere between question and answer, and tells whole seconds.
      const here = (before + now()) / 2_000;
      const skew = Math.abs(time + 0.5 - here) - 0.5 - (now() - before) / 2_000;
      if (skew <= SKEW_WARNING_SECONDS) return ok('clocks', host, 'its clock agrees with ours');
      const detail = `its clock is ${Math.round(skew)} s ${time > here ? 'ahead of' : 'behind'} ours`;
      const remedy = 'Have chrony set the clock of the host, and of the machine that runs this service.';
      return skew > SKEW_BLOCKER_SECONDS
        ? blocker('clocks', host, detail, remedy)
        : warning('clocks', host, detail, remedy);
    }),
  );
}

/** On the host that each machine was placed on: what may have changed since it was planned. */
export function checkMachines(inventory: Inventory, { machines }: Plan): Finding[] {
  const findings = machines.flatMap((machine) => [
    ...storageFindings(inventory, machine),
    ...bridgeFindings(inventory, machine),
    ...imageFindings(inventory, machine),
  ]);
  return [...new Map(findings.map((one) => [`${one.check} ${one.subject} ${one.detail}`, one])).values()];
}

function storageFindings(inventory: Inventory, machine: PlannedMachine): Finding[] {
  const { host, storage, isoStorage, boot } = machine;
  const needsMedium = boot.method !== 'PXE' && boot.delivery === 'MEDIUM';
  const wanted = [
    { name: storage, content: 'images' },
    ...(needsMedium ? [{ name: isoStorage, content: 'iso' }] : []),
  ];
  return wanted.map(({ name, content }) => {
    const found = inventory.storages.find((one) => one.name === name && one.host === host);
    const subject = `${name} on ${host}`;
    if (found === undefined)
      return blocker('storages', subject, 'it is not there', 'Add the storage, or choose another one.');
    return found.content.includes(content)
      ? ok('storages', subject, `it takes ${content}`)
      : blocker(
          'storages',
          subject,
          `it does not take ${content}`,
          `pvesm set ${name} --content ${[...found.content, content].join(',')}`,
        );
  });
}

function bridgeFindings(inventory: Inventory, machine: PlannedMachine): Finding[] {
  const facts = inventory.hosts.find(({ name }) => name === machine.host);
  return [machine.network, ...machine.interfaces].map(({ bridge: name, vlan }) => {
    const subject = `${name} on ${machine.host}`;
    const bridge = facts?.bridges.find((one) => one.name === name);
    if (bridge === undefined)
      return blocker('bridges', subject, 'it is not there', 'Make the bridge, or choose another one.');
    const objection = vlanObjection(bridge, vlan);
    return objection === null
      ? ok('bridges', subject, vlan === null ? 'it is there' : `it carries VLAN ${vlan}`)
      : blocker('bridges', subject, objection, 'Let the bridge and its switch port carry the VLAN.');
  });
}

function imageFindings(inventory: Inventory, machine: PlannedMachine): Finding[] {
  const image = imageOf(machine);
  if (image === null) return [];
  const { host } = machine;
  const isThere = inventory.images.some(({ volume, host: at }) => volume === image.volume && at === host);
  const subject = `${image.volume} on ${host}`;
  if (isThere) return [ok('images', subject, 'it is there')];
  if (image.url !== null) return [ok('images', subject, `it will be downloaded from ${image.url}`)];
  const remedy = `Upload it to storage ${storageName(image.volume)} of ${host}, or give a URL and its checksum.`;
  return [blocker('images', subject, 'it is not there', remedy)];
}

export async function checkFirewall({ client }: ProxmoxContext, plan: Plan): Promise<Finding[]> {
  if (plan.machines.every(({ firewall }) => firewall === null)) return [];
  const { enable } = await client.datacenterFirewall(signalOf());
  return enable === 1
    ? [ok('firewall', 'the datacenter', 'its firewall is on')]
    : [
        warning(
          'firewall',
          'the datacenter',
          'its firewall is off: the rules of the machines have no effect',
          'Turn it on under Datacenter, Firewall, Options, with a rule that lets you in.',
        ),
      ];
}

export async function checkOptions({ client }: ProxmoxContext, { vmidRange }: Plan): Promise<Finding[]> {
  const options = await client.clusterOptions(signalOf());
  return [...balancing(options), ...vmids(options, vmidRange)];
}

function balancing({ crs }: ClusterOptions): Finding[] {
  const settings = typeof crs === 'string' ? Object.fromEntries(parseProperties(crs, 'ha')) : (crs ?? {});
  const isOn = String(settings['ha-auto-rebalance'] ?? '0') === '1';
  return isOn
    ? [
        warning(
          'balancing',
          'the datacenter',
          'Proxmox VE moves machines by itself (crs: ha-auto-rebalance)',
          'Nothing: machines that it moves are followed, and are not moved by us as well.',
        ),
      ]
    : [];
}

function vmids(options: ClusterOptions, range: Plan['vmidRange']): Finding[] {
  const { lower, upper } = nextIdRange(options);
  const subject = `${range.from}-${range.to}`;
  if (range.to < lower || range.from >= upper) return [ok('vmids', subject, 'nobody else is offered them')];
  return [
    warning(
      'vmids',
      subject,
      `Proxmox VE offers the VMIDs ${lower} to ${upper - 1} to everybody else`,
      'Set next-id under Datacenter, Options, so that the ranges are apart; a VMID that others take is given up.',
    ),
  ];
}

/** The upper bound itself is never given out. */
function nextIdRange({ 'next-id': nextId }: ClusterOptions): { lower: number; upper: number } {
  const properties =
    typeof nextId === 'string' ? Object.fromEntries(parseProperties(nextId, 'lower')) : (nextId ?? {});
  return { lower: Number(properties['lower'] ?? 100), upper: Number(properties['upper'] ?? 1_000_000) };
}

function signalOf(): AbortSignal {
  return Context.current().cancellationSignal;
}
