/** Builds the workflow bundle beside the compiled workers. Run by `npm run build`. */
import { writeBundle } from './bundle.js';

await writeBundle();
