/** Entry of the workflow bundle: each export is a workflow type, named for ever. */
export { cluster } from './cluster.js';
export { decommission } from './decommission.js';
export { node } from './node.js';
export { plan } from './plan.js';
export { provision } from './provision.js';
