/** Entry of the workflow bundle: each export is a workflow type, named for ever. */
export { backup } from './backup.js';
export { cluster } from './cluster.js';
export { collectImages } from './collect-images.js';
export { decommission } from './decommission.js';
export { ensureImages } from './ensure-images.js';
export { node } from './node.js';
export { plan } from './plan.js';
export { preflight } from './preflight.js';
export { provision } from './provision.js';
export { removeBackup } from './remove-backup.js';
export { scale } from './scale.js';
export { scheduledBackup } from './scheduled-backup.js';
export { sweep } from './sweep.js';
export { validate } from './validate.js';
