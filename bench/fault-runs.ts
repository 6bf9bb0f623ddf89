/**
 * Random lives of clusters under random faults: `npm run bench:faults -- --runs 2000 --seed 1`.
 * Prints what they came to; ends with 1 and the command that does it again when anything was leaked, removed that was
 * somebody else's, or given out twice.
 */
import { parseArgs } from 'node:util';
import { bundlePath } from '../workers/bundle.js';
import { runBatch, type BatchResult } from './faults/batch.js';
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
let session = await openSession({ codePath: bundlePath() });
const tally = new Tally();
const runs = Number(values.runs);

/** A batch of which the Temporal server lost a workflow proves nothing of what comes after; it is run anew, on another. */
async function completeBatch(seed: number, size: number): Promise<BatchResult> {
  const result = await runBatch(session, seed, size);
  if (result.brokenOff === null || result.violations.length > 0) return result;
  say(`seed ${seed}: broke off and is run again: ${result.brokenOff}`);
  tally.addBrokenOff();
  await session.close();
  session = await openSession({ codePath: bundlePath() });
  return runBatch(session, seed, size);
}

for (let seed = Number(values.seed); tally.runs < runs; seed += 1) {
  const result = await completeBatch(seed, Math.min(RUNS_OF_BATCH, runs - tally.runs));
  tally.add(result);
  say(tally.line(result));
  for (const violation of result.violations) say(`  VIOLATION ${violation}`);
  if (result.brokenOff !== null) say(`  broke off twice: ${result.brokenOff}`);
  if (tally.failingSeeds.includes(seed))
    say(`  again: npm run bench:faults -- --runs ${result.outcomes.length} --seed ${seed}`);
}
for (const line of tally.summary()) say(line);
await session.close();
process.exit(tally.failingSeeds.length === 0 ? 0 : 1);
