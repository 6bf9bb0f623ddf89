/** `k3s certificate rotate` and `rke2 certificate rotate` (https://docs.k3s.io/cli/certificate). */
import { isThere } from '../disk/root-files.js';
import { failWith, type CommandCall, type Outcome } from '../shell/guest-command.js';
import { removeCertificates } from './certificates.js';
import type { RancherDistribution } from './distribution.js';
import { logLine } from './fatal.js';

export function certificateCommand(
  distribution: RancherDistribution,
  [verb = '']: readonly string[],
  { account, system: { disk } }: CommandCall,
): Outcome {
  if (verb !== 'rotate') return failWith(1, `No help topic for '${verb}'`);
  const { dataFolder, program } = distribution;
  if (account.uid !== 0) return failWith(1, logLine('fatal', `mkdir ${dataFolder}: permission denied`));
  const role = isThere(disk, `${dataFolder}/server`) ? 'server' : 'agent';
  removeCertificates(distribution, disk, role);
  const advice = `please restart ${program} server or agent to rotate certificates`;
  return { code: 0, stderr: `${logLine('info', `Successfully backed up certificates, ${advice}`)}\n` };
}
