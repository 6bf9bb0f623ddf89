/**
 * Random lives of clusters under random faults: `npm run bench:faults -- --runs 2000 --seed 1`.
 * Prints what they came to; ends with 1 and the command that does it again when anything was leaked, removed that was
 * somebody else's, or given out twice.
 */
import { parseArgs } from 'node:util';
import { bundlePath } from '../workers/bundle.js';
import { runBatch } from './faults/batch.js';
import { openSession, silence } from './faults/session.js';
import { Tally } from './faults/tally.js';

const RUNS_OF_BATCH = 16;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

silence();
const session = await openSession({ codePath: bundlePath() });
const tally = new Tally();
const runs = Number(values.runs);
for (let seed = Number(values.seed); tally.runs < runs; seed += 1) {
  const result = await runBatch(session, seed, Math.min(RUNS_OF_BATCH, runs - tally.runs));
  tally.add(result);
  say(tally.line(result));
  for (const violation of result.violations) say(`  VIOLATION ${violation}`);
  if (result.violations.length > 0)
    say(`  again: npm run bench:faults -- --runs ${result.outcomes.length} --seed ${seed}`);
}
for (const line of tally.summary()) say(line);
await session.close();
process.exit(tally.violations === 0 ? 0 : 1);
