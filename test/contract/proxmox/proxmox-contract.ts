/** What the activities promise on any Proxmox VE server. */
import { describe } from '@jest/globals';
import { ContractUnderTest } from './contract-under-test.js';
import { makingContract } from './making-contract.js';
import { ownershipContract } from './ownership-contract.js';
import { removalContract } from './removal-contract.js';
import type { Capabilities, ContractTarget } from './target.js';

/** @param capabilities known before the target is up, because they decide which tests there are. */
export function proxmoxContract(
  name: string,
  capabilities: Capabilities,
  start: () => Promise<ContractTarget>,
): void {
  describe(`the Proxmox activities on ${name}`, () => {
    const its = new ContractUnderTest(capabilities, start);
    makingContract(its);
    ownershipContract(its);
    removalContract(its);
  });
}
