import { describe, expect, test } from '@jest/globals';
import { parseUserData } from '../../../../lab/guest/cloud-init/cloud-config.js';
import { shellify } from '../../../../lab/guest/cloud-init/run-commands.js';

describe('user data', () => {
  test('is taken with all that it says', () => {
    const { config, warnings, errors } = parseUserData(
      '#cloud-config\nhostname: a\npackages: [jq, [curl, 1.0-1]]\nruncmd: [echo a, [echo, b], null]\nwrite_files: [{path: /x}]\n',
    );

    expect([...warnings, ...errors]).toEqual([]);
    expect(config).toEqual({
      hostname: 'a',
      packages: ['jq', ['curl', '1.0-1']],
      runcmd: ['echo a', ['echo', 'b'], null],
      write_files: [{ path: '/x' }],
    });
  });

  test('with things that the schema does not know is taken without them', () => {
    const { config, warnings } = parseUserData(
      '#cloud-config\nhostname: [a]\nrun-cmd: []\ntimezone: Etc/UTC\n',
    );

    expect(config).toEqual({ timezone: 'Etc/UTC' });
    expect(warnings).toEqual([
      `Invalid cloud-config provided: hostname: ["a"] is not of type 'string', Additional properties are not allowed ('run-cmd' was unexpected)`,
    ]);
  });

  test.each([
    ['no YAML', '#cloud-config\na: [\n', /Failed loading yaml blob/],
    ['a list', '#cloud-config\n- a\n', /root types only/],
  ])('that is %s is an error', (_, text, reason) => {
    expect(parseUserData(text).errors).toEqual([expect.stringMatching(reason)]);
  });

  test('without its first line is not understood', () => {
    expect(parseUserData('hostname: a\n').warnings).toEqual([
      expect.stringMatching(/Unhandled non-multipart/),
    ]);
  });

  test('may be empty', () => {
    expect(parseUserData('')).toEqual({ config: {}, warnings: [], errors: [] });
  });
});

test('the items of runcmd become one script: lines as they are, lists with each word quoted', () => {
  expect(shellify(['export A=1', ['echo', "it's $A", 2], null, 'echo $A'])).toBe(
    `#!/bin/sh\nexport A=1\n'echo' 'it'\\''s $A' '2'\necho $A\n`,
  );
});
