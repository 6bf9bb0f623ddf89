/** `sha256sum` and its like: just-bash's own write what goes wrong to standard output. */
import { createHash } from 'node:crypto';
import type { CommandCall, GuestCommand, Outcome } from '../shell/guest-command.js';
import { flag, parseOptions } from '../shell/options.js';

const OPTIONS = [
  flag('b', 'binary'),
  flag('t', 'text'),
  flag('c', 'check'),
  flag('status'),
  flag('quiet'),
  flag('strict'),
];

export const md5sum = digest('md5sum', 'md5');
export const sha1sum = digest('sha1sum', 'sha1');
export const sha256sum = digest('sha256sum', 'sha256');
export const sha512sum = digest('sha512sum', 'sha512');

function digest(name: string, algorithm: string): GuestCommand {
  return {
    name,
    run: async (args, call) => {
      const options = parseOptions(args, { declared: OPTIONS });
      const operands = options.operands.length > 0 ? options.operands : ['-'];
      const isSilent = options.has('status');
      return options.has('c')
        ? check(name, algorithm, { call, operands, isSilent, isQuiet: isSilent || options.has('quiet') })
        : print(name, algorithm, operands, call);
    },
  };
}

async function print(
  name: string,
  algorithm: string,
  operands: readonly string[],
  call: CommandCall,
): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  for (const operand of operands) {
    const content = await read(operand, call);
    if (typeof content === 'string') stderr += `${name}: ${operand}: ${content}\n`;
    else stdout += `${createHash(algorithm).update(content).digest('hex')}  ${operand}\n`;
  }
  return { code: stderr === '' ? 0 : 1, stdout, stderr };
}

interface Check {
  readonly call: CommandCall;
  readonly operands: readonly string[];
  readonly isSilent: boolean;
  readonly isQuiet: boolean;
}

async function check(
  name: string,
  algorithm: string,
  { call, operands, isSilent, isQuiet }: Check,
): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  for (const operand of operands) {
    const list = await read(operand, call);
    if (typeof list === 'string') return { code: 1, stdout, stderr: `${name}: ${operand}: ${list}\n` };
    const lines = Buffer.from(list)
      .toString()
      .matchAll(/^([0-9a-f]{32,128}) [ *](.+)$/gm);
    for (const [, expected = '', file = ''] of lines) {
      const content = await read(file, call);
      const isRight =
        typeof content !== 'string' && createHash(algorithm).update(content).digest('hex') === expected;
      if (isRight && !isQuiet) stdout += `${file}: OK\n`;
      if (isRight) continue;
      if (!isSilent) stdout += `${file}: FAILED\n`;
      stderr = isSilent ? ' ' : `${name}: WARNING: 1 or more computed checksums did NOT match\n`;
    }
  }
  return { code: stderr === '' ? 0 : 1, stdout, stderr: stderr.trimStart() };
}

/** @returns what is wrong, as text, where the file cannot be read. */
async function read(operand: string, { files, path, stdin }: CommandCall): Promise<Uint8Array | string> {
  if (operand === '-') return stdin;
  try {
    return await files.readFileBuffer(path(operand));
  } catch (error) {
    const { message } = error as Error;
    if (message.startsWith('EACCES')) return 'Permission denied';
    return message.startsWith('EISDIR') ? 'Is a directory' : 'No such file or directory';
  }
}
