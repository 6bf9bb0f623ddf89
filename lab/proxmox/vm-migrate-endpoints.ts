/** The calls that move a VM, and that ask where it may go. */
import { refuseParameters } from './api-error.js';
import { hostNamed, loadVm } from './cluster.js';
import type { Cluster } from './cluster.js';
import { AMOUNT, FLAG, NODE, OPTIONAL_TEXT, VMID } from './endpoint.js';
import type { Call, Endpoint } from './endpoint.js';
import { isHaManaged } from './ha-power.js';
import type { VmRecord } from './records.js';
import { checkMigration, migrateVm, migrationPreconditions } from './vm-migrate.js';

const PATH = '/nodes/{node}/qemu/{vmid}/migrate';
const ROOT_ONLY = ['force', 'migration_type', 'migration_network'];

export function vmMigrateEndpoints(cluster: Cluster): Endpoint[] {
  const permit: NonNullable<Endpoint['permit']> = (session, path) =>
    session.check(`/vms/${path.get('vmid') ?? ''}`, 'VM.Migrate');
  return [
    {
      method: 'GET',
      path: PATH,
      parameters: { node: NODE, vmid: VMID, target: { ...NODE, optional: true } },
      permit,
      handle: (call) => migrationPreconditions(cluster, addressed(cluster, call), call.params.text('target')),
    },
    {
      method: 'POST',
      path: PATH,
      parameters: {
        node: NODE,
        vmid: VMID,
        target: NODE,
        online: FLAG,
        'with-local-disks': FLAG,
        targetstorage: OPTIONAL_TEXT,
        force: FLAG,
        migration_type: { ...OPTIONAL_TEXT, values: ['secure', 'insecure'] },
        migration_network: OPTIONAL_TEXT,
        bwlimit: AMOUNT,
      },
      permit,
      handle: (call) => migrate(cluster, call),
    },
  ];
}

/** @returns the UPID: of the request alone when high availability manages the VM. */
function migrate(cluster: Cluster, call: Call): string {
  const { params, session } = call;
  for (const name of ROOT_ONLY) {
    if (params.text(name) !== undefined) refuseParameters({ [name]: 'Only root may use this option.' });
  }
  const { node, vmid } = addressed(cluster, call);
  const target = params.required('target');
  const options = { online: params.flag('online'), withLocalDisks: params.flag('with-local-disks') };
  const sid = `vm:${vmid}`;
  const request = { node, id: String(vmid), user: session.tokenId };
  checkMigration(cluster, loadVm(cluster, node, vmid), target, options);
  if (isHaManaged(cluster, vmid)) {
    return cluster.tasks.start({ ...request, type: 'hamigrate' }, async (job) => {
      job.print(`Requesting HA migration for VM ${vmid} to node ${target}`);
      cluster.ha.queue({ kind: 'migrate', sid, node: target });
      await Promise.resolve();
    });
  }
  return cluster.tasks.start({ ...request, type: 'qmigrate' }, (job) =>
    migrateVm(cluster, vmid, target, job, options),
  );
}

function addressed(cluster: Cluster, { params }: Call): VmRecord {
  return loadVm(cluster, hostNamed(cluster, params.required('node')).name, Number(params.required('vmid')));
}
