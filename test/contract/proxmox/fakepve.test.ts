import { FAKEPVE, fakepveTarget } from './fakepve-target.js';
import { proxmoxContract } from './proxmox-contract.js';

proxmoxContract('fakepve 0.5.0', FAKEPVE, fakepveTarget);
