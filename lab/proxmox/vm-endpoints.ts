/** `/nodes/{node}/qemu`: VMs, their configuration and their power. */
import { die, refuseParameters, refusePermission } from './api-error.js';
import { statisticsOf } from './broadcast.js';
import { hostNamed, loadVm } from './cluster.js';
import type { Cluster } from './cluster.js';
import { DRIVE_NAMES } from './drive.js';
import { AMOUNT, FLAG, NODE, OPTIONAL_TEXT, STORAGE, TEXT, VMID } from './endpoint.js';
import type { Call, Endpoint } from './endpoint.js';
import { isHaManaged, requestPower } from './ha-power.js';
import { dnsName } from './option-format.js';
import type { ParameterSchema } from './parameters.js';
import { VM_CONFIG_PRIVILEGES } from './privileges.js';
import type { Session } from './privileges.js';
import type { VmRecord } from './records.js';
import type { Job } from './tasks.js';
import { cloneVm } from './vm-clone.js';
import { presentConfig, presentPending } from './vm-config.js';
import { createVm, mayAllocate } from './vm-create.js';
import { destroyVm } from './vm-destroy.js';
import { VM_OPTIONS } from './vm-options.js';
import { resetVm, shutdownVm, startVm, stopVm } from './vm-power.js';
import { resizeVm } from './vm-resize.js';
import { convertToTemplate } from './vm-template.js';
import { updateVm, updateVmInBackground } from './vm-update.js';

const VM_PATH = '/nodes/{node}/qemu/{vmid}';
const VM: ParameterSchema = { node: NODE, vmid: VMID };
const SKIPLOCK = { skiplock: FLAG };
const DIGEST = { digest: { ...OPTIONAL_TEXT, maxLength: 40 } };

type Permit = NonNullable<Endpoint['permit']>;

export function vmEndpoints(cluster: Cluster): Endpoint[] {
  return [...listEndpoints(cluster), ...configEndpoints(cluster), ...powerEndpoints(cluster)];
}

function listEndpoints(cluster: Cluster): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/nodes/{node}/qemu',
      parameters: { node: NODE, full: FLAG },
      handle: ({ session, params }) => {
        const node = hostNamed(cluster, params.required('node')).name;
        return [...cluster.world.vms.values()]
          .filter((vm) => vm.node === node && session.has(`/vms/${vm.vmid}`, 'VM.Audit'))
          .map((vm) => presentStatus(vm));
      },
    },
    {
      method: 'POST',
      path: '/nodes/{node}/qemu',
      parameters: {
        ...VM_OPTIONS,
        ...VM,
        storage: { ...STORAGE, optional: true },
        pool: OPTIONAL_TEXT,
        start: FLAG,
        'ha-managed': FLAG,
      },
      handle: (call) => createVm(cluster, call),
    },
    {
      method: 'DELETE',
      path: VM_PATH,
      parameters: { ...VM, ...SKIPLOCK, purge: FLAG, 'destroy-unreferenced-disks': FLAG },
      permit: onVm('VM.Allocate'),
      handle: (call) => destroyVm(cluster, call),
    },
    {
      method: 'POST',
      path: `${VM_PATH}/template`,
      parameters: VM,
      permit: onVm('VM.Allocate'),
      handle: (call) => convertToTemplate(cluster, call),
    },
    {
      method: 'POST',
      path: `${VM_PATH}/clone`,
      parameters: {
        ...VM,
        newid: VMID,
        name: { ...OPTIONAL_TEXT, format: dnsName },
        description: OPTIONAL_TEXT,
        pool: OPTIONAL_TEXT,
        storage: { ...STORAGE, optional: true },
        format: { ...OPTIONAL_TEXT, values: ['raw', 'qcow2', 'vmdk'] },
        full: FLAG,
        target: { ...NODE, optional: true },
        bwlimit: AMOUNT,
      },
      permit: onVm('VM.Clone'),
      handle: (call) => {
        const newid = Number(call.params.required('newid'));
        const pool = call.params.text('pool') ?? null;
        if (!mayAllocate(call.session, newid, pool)) refusePermission(`/vms/${newid}, VM.Allocate`);
        return cloneVm(cluster, call);
      },
    },
  ];
}

function configEndpoints(cluster: Cluster): Endpoint[] {
  const changes: ParameterSchema = {
    ...VM_OPTIONS,
    ...VM,
    ...SKIPLOCK,
    ...DIGEST,
    delete: OPTIONAL_TEXT,
    revert: OPTIONAL_TEXT,
    force: { ...FLAG, requires: 'delete' },
  };
  const mayChange: Permit = (session, path) =>
    session.checkAny(`/vms/${path.get('vmid') ?? ''}`, VM_CONFIG_PRIVILEGES);
  return [
    {
      method: 'GET',
      path: `${VM_PATH}/config`,
      parameters: { ...VM, current: FLAG },
      permit: onVm('VM.Audit'),
      handle: (call) => presentConfig(addressed(cluster, call), call.params.flag('current')),
    },
    {
      method: 'GET',
      path: `${VM_PATH}/pending`,
      parameters: VM,
      permit: onVm('VM.Audit'),
      handle: (call) => presentPending(addressed(cluster, call)),
    },
    {
      method: 'POST',
      path: `${VM_PATH}/config`,
      parameters: {
        ...changes,
        background_delay: { type: 'integer', optional: true, minimum: 1, maximum: 30 },
      },
      permit: mayChange,
      handle: (call) => updateVmInBackground(cluster, call),
    },
    {
      method: 'PUT',
      path: `${VM_PATH}/config`,
      parameters: changes,
      permit: mayChange,
      handle: (call) => updateVm(cluster, call),
    },
    {
      method: 'PUT',
      path: `${VM_PATH}/resize`,
      parameters: {
        ...VM,
        ...SKIPLOCK,
        ...DIGEST,
        disk: { ...TEXT, values: DRIVE_NAMES },
        size: { ...TEXT, pattern: /^\+?\d+(?:\.\d+)?[KMGT]?$/ },
      },
      permit: onVm('VM.Config.Disk'),
      handle: (call) => resizeVm(cluster, call),
    },
  ];
}

function powerEndpoints(cluster: Cluster): Endpoint[] {
  return [
    {
      method: 'GET',
      path: `${VM_PATH}/status/current`,
      parameters: VM,
      permit: onVm('VM.Audit'),
      handle: (call) => {
        const vm = addressed(cluster, call);
        return {
          ...presentStatus(vm),
          qmpstatus: vm.startedAt === null ? 'stopped' : 'running',
          ha: haStatus(cluster, vm.vmid),
          ...(/^(?:enabled=)?1/.test(vm.config['agent'] ?? '') ? { agent: 1 } : {}),
        };
      },
    },
    power(cluster, 'start', { timeout: AMOUNT }, (node, vmid, _call, job) =>
      startVm(cluster, node, vmid, job),
    ),
    power(cluster, 'stop', { timeout: AMOUNT, 'overrule-shutdown': FLAG }, (node, vmid, call, job) => {
      const overrule = call.params.flag('overrule-shutdown') ? call.session.tokenId : null;
      return stopVm(cluster, node, vmid, overrule, job);
    }),
    power(cluster, 'shutdown', { timeout: AMOUNT, forceStop: FLAG }, (node, vmid, { params }, job) => {
      const options = { timeoutS: params.number('timeout') ?? null, forceStop: params.flag('forceStop') };
      return shutdownVm(cluster, node, vmid, options, job);
    }),
    power(
      cluster,
      'reset',
      {},
      (node, vmid, _call, job) => resetVm(cluster, node, vmid, job),
      (vm) => {
        if (vm.startedAt === null) die(`VM ${vm.vmid} not running`);
      },
    ),
  ];
}

/** A power call: everything happens in the worker, except for what `precheck` refuses. */
function power(
  cluster: Cluster,
  action: 'start' | 'stop' | 'shutdown' | 'reset',
  parameters: ParameterSchema,
  work: (node: string, vmid: number, call: Call, job: Job) => Promise<void>,
  precheck: (vm: VmRecord) => void = () => {},
): Endpoint {
  return {
    method: 'POST',
    path: `${VM_PATH}/status/${action}`,
    parameters: { ...VM, ...SKIPLOCK, ...parameters },
    permit: onVm('VM.PowerMgmt'),
    handle: (call) => {
      const node = hostNamed(cluster, call.params.required('node')).name;
      const vmid = Number(call.params.required('vmid'));
      if (call.params.flag('skiplock')) refuseParameters({ skiplock: 'Only root may use this option.' });
      precheck(addressed(cluster, call));
      const request = { node, type: `qm${action}`, id: String(vmid), user: call.session.tokenId };
      if (action !== 'reset' && isHaManaged(cluster, vmid))
        return requestPower(cluster, action, vmid, request);
      return cluster.tasks.start(request, (job) => work(node, vmid, call, job));
    },
  };
}

function haStatus({ datacenter }: Cluster, vmid: number): Record<string, unknown> {
  const resource = datacenter.record.haResources[`vm:${vmid}`];
  return resource === undefined ? { managed: 0 } : { managed: 1, state: resource.state };
}

function addressed(cluster: Cluster, { params }: Call): VmRecord {
  return loadVm(cluster, hostNamed(cluster, params.required('node')).name, Number(params.required('vmid')));
}

function onVm(privilege: string): Permit {
  return (session: Session, path) => session.check(`/vms/${path.get('vmid') ?? ''}`, privilege);
}

function presentStatus(vm: VmRecord): Record<string, unknown> {
  const { maxcpu, template, ...statistics } = statisticsOf(vm);
  return {
    vmid: vm.vmid,
    ...statistics,
    cpus: maxcpu,
    ...(template === 1 ? { template } : {}),
    ...(vm.config['lock'] === undefined ? {} : { lock: vm.config['lock'] }),
    ...(vm.config['tags'] === undefined ? {} : { tags: vm.config['tags'] }),
    ...(vm.startedAt === null ? {} : { pid: 10_000 + vm.vmid }),
  };
}
