import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aMachine, aSeed, TestLab, until, type Login } from '../lab.js';

const lab = new TestLab();
let login: Login;

beforeAll(async () => {
  const config = '  - name: guest\n    groups: [adm]\n';
  lab.guests.powerOn(aMachine(1, { media: [aSeed(1, { config })] }));
  login = await lab.login('10.1.107.101');
});

afterAll(async () => {
  await lab.close();
});

/** Script, exit code, standard output, standard error. */
type Case = readonly [script: string, code: number, stdout: string | RegExp, stderr?: string | RegExp];

async function check([script, code, stdout, stderr = '']: Case): Promise<void> {
  const result = await login.run(script);

  const matching = (expected: string | RegExp): unknown =>
    typeof expected === 'string' ? expected : expect.stringMatching(expected);
  expect(result).toEqual({ code, stdout: matching(stdout), stderr: matching(stderr) });
}

describe('sudo', () => {
  test.each<Case>([
    ['sudo -n whoami', 0, 'root\n'],
    ['sudo -u guest id -un', 0, 'guest\n'],
    ['A=1 B=2 sudo C=3 sh -c \'echo "[$A][$B][$C]"\'', 0, '[][][3]\n'],
    ['export A=1; sudo -E sh -c \'echo "[$A] $HOME $SUDO_USER"\'', 0, '[1] /root operator\n'],
    ['cd /tmp; sudo pwd', 0, '/tmp\n'],
    ['echo in | sudo cat', 0, 'in\n'],
    ['sudo -n no-such-command', 1, '', 'sudo: no-such-command: command not found\n'],
    ['sudo -z true', 1, '', "sudo: invalid option -- 'z'\n"],
    ['sudo -u nobody-at-all true', 1, '', /unknown user nobody-at-all/],
    ['sudo -u guest sudo -n true', 1, '', 'sudo: a password is required\n'],
    ['sudo sh -c "exit 7"', 7, ''],
  ])('%s', async (...expected) => check(expected));
});

describe('the shell', () => {
  test.each<Case>([
    ['echo "echo $((1+1)) $1 $#" | sh -s', 0, '2 0\n'],
    [`printf 'echo "$1-$2-$#"' | sh -s a 'b c'`, 0, 'a-b c-2\n'],
    ['echo "echo from stdin" | sh -', 0, 'from stdin\n'],
    [`sh -c 'echo "$1"; cat' name first <<< rest`, 0, 'first\nrest\n'],
    ["sh -ec 'false; echo not reached'", 1, ''],
    ["echo 'exit 4' > /tmp/script; sh /tmp/script", 4, ''],
    ['sh /tmp/no-such-script', 127, '', /cannot open \/tmp\/no-such-script/],
    ['sh -z', 2, '', /Illegal option -z/],
    ['X=1; sh -c \'echo "[$X]"\'; export X; sh -c \'echo "[$X]"\'', 0, '[]\n[1]\n'],
    ['set -e; if test -e /nowhere; then A=1; else A=2; fi; false || A=3; echo $A', 0, '3\n'],
    ['set -e; A=$(false); echo not reached', 1, ''],
    [
      'umask 077; touch /tmp/closed; mkdir /tmp/closed.d; stat -c %a /tmp/closed /tmp/closed.d; umask',
      0,
      '600\n700\n0077\n',
    ],
    ['sh -c "umask 077"; umask', 0, '0022\n'],
    ['echo x > /etc/not-mine', 2, '', 'sh: cannot create /etc/not-mine: Permission denied\n'],
    ['echo nothing > /dev/null; wc -c < /dev/null', 0, /^\s*0\n$/],
  ])('%s', async (...expected) => check(expected));
});

describe('files', () => {
  test.each<Case>([
    [
      'sudo install -d -m 750 -o guest -g adm /srv/a; stat -c "%a %U %G %F" /srv/a',
      0,
      '750 guest adm directory\n',
    ],
    [
      'echo x | sudo install -D -m 600 /dev/stdin /srv/b/c; sudo cat /srv/b/c; stat -c "%a %U" /srv/b/c',
      0,
      'x\n600 root\n',
    ],
    ['install -m 0999 /dev/null /tmp/x', 1, '', "install: invalid mode '0999'\n"],
    ['install -o nobody-at-all /dev/null /tmp/x', 1, '', "install: invalid user 'nobody-at-all'\n"],
    ['install -o root /dev/null /tmp/given', 1, '', /EPERM/],
    ['install /dev/null', 1, '', /missing file operand/],
    ['sudo touch /srv/d; sudo chown guest:adm /srv/d; stat -c "%U:%G" /srv/d', 0, 'guest:adm\n'],
    ['touch /tmp/e; chown guest /tmp/e', 1, '', /EPERM/],
    [
      'd=$(mktemp -d -t job.XXXXXX); stat -c "%a %U" "$d"; case "$d" in /tmp/job.??????) echo fits;; esac',
      0,
      '700 operator\nfits\n',
    ],
    ['mktemp x', 1, '', /too few X's/],
    [
      'sudo sh -c "umask 077; echo secret > /root/s"; cat /root/s',
      1,
      '',
      'cat: /root/s: Permission denied\n',
    ],
    ['ls -l /etc/shadow /bin', 0, /^-rw-r----- 1 root root .* \/etc\/shadow\nl/],
    ['sha256sum /nowhere 2>/dev/null', 1, ''],
    [
      'echo a > /tmp/f; sha256sum /tmp/f > /tmp/f.sum; sha256sum -c /tmp/f.sum; echo b > /tmp/f; sha256sum -c --status /tmp/f.sum',
      1,
      '/tmp/f: OK\n',
    ],
  ])('%s', async (...expected) => check(expected));
});

describe('the machine', () => {
  test.each<Case>([
    ['uname -sm; uname -r', 0, 'Linux x86_64\n6.8.0-45-generic\n'],
    [
      'id -u; id -un; id guest',
      0,
      /^1000\noperator\nuid=1001\(guest\) gid=1001\(guest\) groups=1001\(guest\),4\(adm\)\n$/,
    ],
    ['id nobody-at-all', 1, '', /no such user/],
    ['hostnamectl hostname', 0, 'edge-1\n'],
    ['hostname other', 1, '', /must be root/],
    [
      'sudo timedatectl set-timezone Europe/Berlin; timedatectl show | head -n 1',
      0,
      'Timezone=Europe/Berlin\n',
    ],
    ['modprobe overlay', 1, '', /Operation not permitted/],
    ['sudo modprobe no_such_module', 1, '', /FATAL: Module no_such_module not found/],
    ['sysctl -n net.bridge.bridge-nf-call-iptables', 1, '', /No such file/],
    [
      'sudo modprobe br_netfilter && sysctl -n net.bridge.bridge-nf-call-iptables; lsmod | grep -c br_netfilter',
      0,
      '1\n1\n',
    ],
    ['sysctl -w net.ipv4.ip_forward=1', 1, '', /permission denied on key/],
    [
      'echo net.ipv4.ip_forward=1 | sudo tee /etc/sysctl.d/k.conf > /dev/null; sudo sysctl -q --system; sysctl net.ipv4.ip_forward',
      0,
      'net.ipv4.ip_forward = 1\n',
    ],
    ['sudo swapoff -a', 0, ''],
    ['swapoff -a', 1, '', /Not superuser/],
    ['ip -br addr show ens18', 0, 'ens18 UP 10.1.107.101/24\n'],
    ['ip addr show eth7', 1, '', 'Device "eth7" does not exist.\n'],
    ['ss -Hltn', 0, /0\.0\.0\.0:22 /],
    ['cloud-init statu', 2, '', /invalid choice: 'statu'/],
  ])('%s', async (...expected) => check(expected));
});

describe('packages', () => {
  test.each<Case>([
    ['jq --help', 127, '', /jq: command not found/],
    ['sudo apt-get update -q && sudo apt-get install -y jq', 0, /Setting up jq .*1 newly installed/s],
    ['echo "{}" | jq -c .; dpkg -s jq | head -n 2', 0, '{}\nPackage: jq\nStatus: install ok installed\n'],
    ['sudo apt-get install -y jq', 0, /0 newly installed/],
    ['sudo apt-get install -y no-such-thing', 100, '', 'E: Unable to locate package no-such-thing\n'],
    ['apt-get install -y tree', 100, '', /are you root\?/],
    [
      'sudo apt-get install -y qemu-guest-agent > /dev/null; systemctl is-active qemu-guest-agent',
      0,
      'active\n',
    ],
    ["dpkg-query -W -f '${Package} ${Status}\\n' curl", 0, 'curl install ok installed\n'],
    ['dpkg -s no-such-thing', 1, '', /is not installed/],
    ['dpkg --compare-versions 1.33.1-1.1 ge 1.33.1', 0, ''],
    ['dpkg --compare-versions 1.9.10-1.1 ge 1.33.1', 1, ''],
    ['dpkg --compare-versions 1.33.1 about 1.33.1', 2, '', /bad relation/],
  ])('%s', async (...expected) => check(expected));
});

describe('systemctl', () => {
  test.each<Case>([
    ['systemctl is-active ssh; systemctl is-enabled sshd', 0, 'active\nenabled\n'],
    ['systemctl is-active no-such-unit', 4, 'inactive\n'],
    ['systemctl is-enabled no-such-unit', 4, '', /No such file/],
    ['systemctl restart ssh', 1, '', /Interactive authentication required/],
    [
      'sudo systemctl start no-such-unit',
      5,
      '',
      'Failed to start no-such-unit.service: Unit no-such-unit.service not found.\n',
    ],
    ['sudo systemctl enable no-such-unit', 1, '', /does not exist/],
    ['sudo systemctl dance ssh', 1, '', /Unknown command verb 'dance'/],
    ['sudo systemctl start', 1, '', /Too few arguments/],
    ['systemctl show -p ActiveState,LoadState ssh', 0, 'LoadState=loaded\nActiveState=active\n'],
    ['systemctl show -p LoadState --value no-such-unit', 0, 'not-found\n'],
    ['systemctl status ssh | head -n 1', 0, '● ssh.service - OpenBSD Secure Shell server\n'],
    ['journalctl -u ssh', 1, '', /insufficient permissions/],
    ['sudo journalctl -u ssh -n 1 -o cat', 0, /./],
  ])('%s', async (...expected) => check(expected));

  test('runs a unit of the user’s own, with its environment and as its user', async () => {
    await login.run(
      'sudo tee /etc/systemd/system/job.service > /dev/null',
      '[Service]\nType=oneshot\nUser=guest\nEnvironment=WHAT=done\nExecStart=/bin/sh -c \'echo "$(id -un) $WHAT"\'\n',
    );

    await login.run('sudo systemctl daemon-reload; sudo systemctl start job');

    expect(await login.stdout('sudo journalctl -u job -o cat')).toContain('guest done\n');
    expect(await login.stdout('systemctl is-active job')).toBe('inactive\n');
  });

  test('closes the port of a service that it stops', async () => {
    const other = await lab.login('10.1.107.101');

    await other.run('sudo systemctl stop ssh');
    const refused = await lab.dial('10.1.107.101').catch((error: Error) => error.message);
    await other.run('sudo systemctl start ssh');

    expect(refused).toMatch(/ConnectionRefused/);
    await until(async () => lab.tryLogin('10.1.107.101').catch(() => undefined));
  });
});

describe('curl', () => {
  test.each<Case>([
    ['curl -sfL https://get.k3s.io | head -n 1', 0, '#!/bin/sh\n'],
    [
      'curl -sS https://no-such-host.example',
      6,
      '',
      'curl: (6) Could not resolve host: no-such-host.example\n',
    ],
    ['curl -s https://no-such-host.example', 6, ''],
    ['curl -sS http://10.1.107.101:81/', 7, '', /Couldn't connect to server/],
    ['curl -sS http://10.1.107.250/', 7, '', /No route to host/],
    ['curl -sSf https://get.k3s.io/other', 22, '', 'curl: (22) The requested URL returned error: 404\n'],
    ['curl -s -o /tmp/page -w "%{http_code}" https://get.k3s.io/other; cat /tmp/page', 0, '404Not Found'],
    ['curl -sS -o /etc/page https://get.k3s.io', 23, '', /Failure writing output/],
    [
      "curl -w '%{url_effective}' -sSL https://update.k3s.io/v1-release/channels/stable -o /dev/null",
      0,
      /\/tag\/v1\.36\.1\+k3s1$/,
    ],
    ['curl --no-such-option https://get.k3s.io', 2, '', /unrecognized option/],
    ['curl -s "http://[bad"', 3, ''],
  ])('%s', async (...expected) => check(expected));
});
