import { describe, expect, test } from '@jest/globals';
import { advance, canMove, move, PHASES } from '../../domain/phase.js';

describe('the phases of a cluster', () => {
  test('lead from PLANNED to READY one at a time', () => {
    const path = [
      'PLANNED',
      'SERVICES',
      'BOOT',
      'BOOTSTRAP',
      'CONTROL_PLANE',
      'WORKERS',
      'VALIDATION',
      'READY',
    ] as const;

    const steps = path.slice(1).map((phase, index) => canMove(path[index] ?? 'GONE', phase));

    expect(steps).toEqual(path.slice(1).map(() => true));
  });

  test('can fail while the cluster is made, but a READY cluster does not go back to being made', () => {
    expect(canMove('BOOT', 'FAILED')).toBe(true);
    expect(canMove('READY', 'BOOT')).toBe(false);
  });

  test.each(PHASES.filter((phase) => phase !== 'GONE' && phase !== 'DECOMMISSIONING'))(
    'allow a decommission from %s',
    (phase) => {
      expect(canMove(phase, 'DECOMMISSIONING')).toBe(true);
    },
  );

  test('refuse a move that the state machine does not have', () => {
    expect(() => move('GONE', 'READY')).toThrow(expect.objectContaining({ code: 'PHASE_CONFLICT' }));
  });

  test('are passed through one by one when progress is reported late, and never left backwards', () => {
    expect(advance('PLANNED', 'CONTROL_PLANE')).toBe('CONTROL_PLANE');
    expect(advance('WORKERS', 'BOOT')).toBe('WORKERS');
  });

  test('do not advance out of a failure', () => {
    const conflict = expect.objectContaining({ code: 'PHASE_CONFLICT' });

    expect(() => advance('FAILED', 'READY')).toThrow(conflict);
    expect(() => advance('READY', 'FAILED')).toThrow(conflict);
  });
});
