import { EVERYTHING } from './target.js';
import { proxmoxContract } from './proxmox-contract.js';
import { simulatorTarget } from './simulator-target.js';

proxmoxContract('the simulator', EVERYTHING, () => simulatorTarget());
