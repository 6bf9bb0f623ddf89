import { describe, expect, test } from '@jest/globals';
import { flag, parseOptions, valued } from '../../../../lab/guest/shell/options.js';

const declared = [flag('v', 'verbose'), flag('x'), valued('o', 'output')];

describe('command-line options', () => {
  test('may be bundled, long, with their value behind them or in them', () => {
    const options = parseOptions(['-vxofile', '--output=second', 'operand', '-o', 'third'], { declared });

    expect(options.has('verbose') && options.has('x')).toBe(true);
    expect(options.values('o')).toEqual(['file', 'second', 'third']);
    expect(options.value('output')).toBe('third');
    expect(options.operands).toEqual(['operand']);
  });

  test('end at two dashes, or at the first operand where that is wanted', () => {
    const afterDashes = parseOptions(['-v', '--', '-x'], { declared });
    const afterOperand = parseOptions(['-v', 'run', '-x', '--unknown'], { declared, stopsAtOperand: true });

    expect(afterDashes.operands).toEqual(['-x']);
    expect(afterOperand.operands).toEqual(['run', '-x', '--unknown']);
  });

  test('a lone dash is an operand', () => {
    expect(parseOptions(['-'], { declared }).operands).toEqual(['-']);
  });

  test.each([
    [['-z'], /invalid option -- 'z'/],
    [['--zoo'], /unrecognized option '--zoo'/],
    [['--v'], /unrecognized option '--v'/],
    [['-o'], /option requires an argument -- 'o'/],
    [['--output'], /option '--output' requires an argument/],
    [['--verbose=yes'], /option '--verbose' doesn't allow an argument/],
  ])('%j is refused', (args, reason) => {
    expect(() => parseOptions(args, { declared })).toThrow(reason);
  });
});
