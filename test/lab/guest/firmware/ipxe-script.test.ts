import { describe, expect, test } from '@jest/globals';
import { expand, runIpxeScript } from '../../../../lab/guest/firmware/ipxe-script.js';

async function run(
  lines: readonly string[],
  web: Readonly<Record<string, string>> = { '/k': 'k', '/i': 'i' },
) {
  const printed: string[] = [];
  const end = await runIpxeScript(
    ['#!ipxe', ...lines].join('\n'),
    { 'net0/mac': 'bc:24:11:00:00:01' },
    {
      fetch: async (url) => (web[url] === undefined ? undefined : Buffer.from(web[url])),
      dhcp: async () => true,
      print: (line) => printed.push(line),
    },
  );
  return { end, printed };
}

describe('an iPXE script', () => {
  test('boots a kernel with its arguments', async () => {
    const { end } = await run([
      'dhcp',
      'set console ttyS0',
      '# a comment',
      'kernel --name linux /k console=${console} ds=nocloud-net;s=http://10.0.0.1/${net0/mac:hexhyp}/',
      'initrd /i',
      'boot',
    ]);

    expect(end).toEqual({
      kind: 'boot',
      commandLine: 'console=ttyS0 ds=nocloud-net;s=http://10.0.0.1/bc-24-11-00-00-01/',
    });
  });

  test('goes on with the alternative of what failed, and with another script', async () => {
    const web = { '/k': 'k', '/next': '#!ipxe\nkernel /k second\nboot\n' };

    const { end } = await run(['initrd /none || echo none', 'chain /next'], web);

    expect(end).toEqual({ kind: 'boot', commandLine: 'second' });
  });

  test.each([
    ['a file that is not there', ['kernel /none', 'boot'], /none\.\.\. failed/],
    ['a command that it does not know', ['frobnicate'], /frobnicate: command not found/],
    ['a boot without a kernel', ['boot'], /No such file/],
    ['a script that chains itself for ever', ['chain /loop'], /loop\.\.\. ok/],
  ])('ends with %s', async (_, lines, line) => {
    const { end, printed } = await run(lines, { '/loop': '#!ipxe\nchain /loop\n' });

    expect(end).toEqual({ kind: 'failed' });
    expect(printed.join('\n')).toMatch(line);
  });

  test('has nothing where a setting is not set', () => {
    expect(expand('a${none}b${net0/ip}', { 'net0/ip': '10.0.0.5' })).toBe('ab10.0.0.5');
  });
});
