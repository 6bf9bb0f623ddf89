import { test } from '@jest/globals';
import { proxmoxContract } from './proxmox-contract.js';
import { isRealTargetNamed, realTarget } from './real-target.js';
import { EVERYTHING } from './target.js';

if (isRealTargetNamed())
  proxmoxContract('the server at CONTRACT_PROXMOX_URL', EVERYTHING, () => realTarget());
else test.skip('the Proxmox activities on the server at CONTRACT_PROXMOX_URL', () => {});
