/** Builds the workflow bundle beside the compiled workers. Run by `npm run build`. */
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { writeBundle } from './bundle.js';

Runtime.install({ logger: new DefaultLogger('WARN') });
await writeBundle();
