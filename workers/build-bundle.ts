/** Builds the workflow bundle beside the compiled workers. Run by `npm run build`. */
import { Runtime } from '@temporalio/worker';
import { writeBundle } from './bundle.js';

Runtime.install({ logger: { ...Runtime.instance().logger } });
await writeBundle();
