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
/** The time-skipping server remembers all that it ever ran, and is soon half as fast. */
const BATCHES_OF_SESSION = 4;

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
  await renewSession();
  return runBatch(session, seed, size);
}

async function renewSession(): Promise<void> {
  await session.close();
  session = await openSession({ codePath: bundlePath() });
}

for (let seed = Number(values.seed), batches = 0; tally.runs < runs; seed += 1, batches += 1) {
  if (batches > 0 && batches % BATCHES_OF_SESSION === 0) await renewSession();
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
