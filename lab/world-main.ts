/** Process entry of the embedded world; started by the supervisor with the lab's command line. */
import { parseLabOptions } from './options.js';
import { startWorld } from './world.js';

const { options } = parseLabOptions(process.argv.slice(2));
const { close, ...addresses } = await startWorld(options);
process.send?.({ kind: 'ready', ...addresses });

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void close().finally(() => process.exit(0));
  });
}
