/** Entry of the workflow bundle: each export is a workflow type, named for ever. */
export { cluster } from './cluster.js';
export { collectImages } from './collect-images.js';
export { decommission } from './decommission.js';
export { ensureImages } from './ensure-images.js';
export { node } from './node.js';
export { plan } from './plan.js';
export { preflight } from './preflight.js';
export { provision } from './provision.js';
export { sweep } from './sweep.js';
