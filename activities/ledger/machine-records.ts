/** Single machines of a cluster, as the workflows ask for them. */
import { fail } from '../../domain/errors.js';
import type { Store } from '../../store/store.js';

export function machineRecords({ machines, addresses }: Pick<Store, 'machines' | 'addresses'>) {
  return {
    /** Names of all machines that the cluster ever had, also of those that are gone: none of them is given again. */
    async machineNames(request: { readonly clusterUid: string }): Promise<readonly string[]> {
      return machines.namesEver(request.clusterUid);
    },

    /**
     * Gives back the addresses of one machine, and of its further interfaces.
     * @throws `RESIDUE_LEFT` while the ledger holds the machine: its address may still be answered on.
     */
    async releaseMachine(request: { readonly clusterUid: string; readonly name: string }): Promise<void> {
      const { clusterUid, name } = request;
      const held = (await machines.ofCluster(clusterUid)).find((machine) => machine.name === name);
      if (held !== undefined) throw fail('RESIDUE_LEFT', `the ledger still holds ${name} (VM ${held.vmid})`);
      await addresses.release(clusterUid, name);
    },
  };
}
