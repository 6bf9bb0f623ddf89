import { expect, test } from '@jest/globals';
import { outcomeOf } from '../../../activities/ssh/cloud-init.js';

function report(change: object): string {
  return JSON.stringify({ status: 'done', errors: [], recoverable_errors: {}, ...change }, null, 4);
}

test.each([
  ['done', 0, report({}), { kind: 'done', warnings: [] }],
  ['disabled', 0, report({ status: 'disabled' }), { kind: 'done', warnings: [] }],
  ['running', 0, report({ status: 'running' }), { kind: 'running' }],
  ['not started', 0, report({ status: 'not started' }), { kind: 'running' }],
  ['progress dots before the report', 0, `....\n${report({})}`, { kind: 'done', warnings: [] }],
  [
    'recovered errors',
    2,
    report({ recoverable_errors: { WARNING: ['a'], ERROR: ['b'] } }),
    { kind: 'done', warnings: ['a', 'b'] },
  ],
  [
    'an error',
    1,
    report({ status: 'error', errors: ['no package'] }),
    { kind: 'failed', errors: ['no package'] },
  ],
  ['an error with exit 0', 0, report({ status: 'error', errors: ['x'] }), { kind: 'failed', errors: ['x'] }],
  [
    'errors that are no text',
    1,
    report({ status: 'error', errors: [{ a: 1 }] }),
    { kind: 'failed', errors: ['{"a":1}'] },
  ],
  ['a missing program', 127, '', { kind: 'failed', errors: ['the image has no cloud-init'] }],
  [
    'something else',
    1,
    'usage: cloud-init\n',
    { kind: 'failed', errors: ['cloud-init status ended with exit code 1: usage: cloud-init'] },
  ],
  ['a report that is no object', 0, 'null', { kind: 'done', warnings: [] }],
])('%s is understood', (_, code, stdout, outcome) => {
  expect(outcomeOf({ code, stdout })).toEqual(outcome);
});
