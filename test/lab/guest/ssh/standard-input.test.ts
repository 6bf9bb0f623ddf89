import { describe, expect, test } from '@jest/globals';
import { readsStandardInput } from '../../../../lab/guest/ssh/standard-input.js';

describe('what a command line does with its standard input', () => {
  test.each([
    'sh -s',
    'sudo -n sh -s',
    'cat',
    'cat > /tmp/file',
    'sudo tee /etc/file',
    "sudo -n sh -c 'cat > x' sh a",
    'while read line; do echo $line; done',
    'echo $(cat)',
    'test -e x; bash',
    'unknown-command',
    'grep x',
  ])('%s may read it', (line) => {
    expect(readsStandardInput(line)).toBe(true);
  });

  test.each([
    'systemctl is-active k3s',
    'sudo -n systemctl restart k3s && systemctl is-active k3s',
    'cat /etc/os-release | grep NAME',
    'cloud-init status --wait --format json',
    'sh -s < /tmp/script',
    'A=1',
    'curl -sfL https://get.k3s.io | sh -',
    'ls -l /tmp',
    'echo "a b" > /tmp/x',
  ])('%s does not read it', (line) => {
    expect(readsStandardInput(line)).toBe(false);
  });
});
