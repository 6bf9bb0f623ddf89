import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { shellWord } from '../../../domain/services/shell-word.js';

test('any text is one word of a shell, and nothing of it is run', () => {
  const texts = fc.sample(fc.string({ unit: 'binary-ascii' }), 200).map((text) => text.replaceAll('\0', ''));
  texts.push("it's", '$(reboot)', '`reboot`', '"; reboot', '-n', '\\');

  const said = execFileSync('sh', ['-c', `printf '%s\\0' ${texts.map(shellWord).join(' ')}`]);

  expect(said.toString().split('\0').slice(0, -1)).toEqual(texts);
});
