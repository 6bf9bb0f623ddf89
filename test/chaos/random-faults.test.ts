/** A slice of what `npm run bench:faults` runs thousands of, by the same program. */
import { execFile } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { projectFile } from '../../lab/binaries/folders.js';

const RUNS = 16;

/** @returns how the program ended, and what it printed. */
function faultRuns(...args: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  const program = projectFile('dist/bench/fault-runs.js');
  return new Promise((resolve) => {
    execFile(process.execPath, ['--no-warnings', program, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), said: stdout + stderr });
    });
  });
}

test('clusters under random faults leave nothing behind, take nothing of others, and share no number', async () => {
  const { code, said } = await faultRuns('--runs', String(RUNS), '--seed', '1');

  expect(said).not.toContain('VIOLATION');
  expect(said).toMatch(/^violations {2}0$/m);
  expect(said).toMatch(new RegExp(`^${RUNS} runs, `, 'm'));
  expect(said).toMatch(/^came to .*\d+ READY/m);
  // Without them nothing was tried.
  expect(Number(/^faults +(\d+):/m.exec(said)?.[1])).toBeGreaterThan(RUNS / 2);
  expect(Number(/^killed +(\d+) workers$/m.exec(said)?.[1])).toBeGreaterThan(0);
  expect(code).toBe(0);
}, 600_000);
