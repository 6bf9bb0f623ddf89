/** `grep -s`: just-bash's own does not know how to say nothing of files that cannot be read. */
import type { GuestCommand } from '../shell/guest-command.js';

const SILENT = ['-s', '--no-messages'];
/** Letters of short options that take what follows as their value. */
const VALUED = /^-[a-zA-Z]*[ABCDdefm]/;

export const grep: GuestCommand = {
  name: 'grep',
  usageCode: 2,
  run: async (args, call) => {
    const plain: string[] = [];
    let isSilent = false;
    let isValue = false;
    for (const [index, word] of args.entries()) {
      if (word === '--') {
        plain.push(...args.slice(index));
        break;
      }
      const isCluster: boolean = /^-[a-zA-Z]+$/.test(word) && !isValue;
      if (!isValue && (SILENT.includes(word) || (isCluster && word.includes('s')))) {
        isSilent = true;
        const rest = SILENT.includes(word) ? '' : word.replace('s', '');
        if (rest !== '') plain.push(rest);
      } else plain.push(word);
      isValue = isCluster && VALUED.test(word) && /[ABCDdefm]$/.test(word);
    }
    const outcome = await call.original(plain);
    return isSilent ? { ...outcome, stderr: '' } : outcome;
  },
};
