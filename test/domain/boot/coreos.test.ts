import { describe, expect, test } from '@jest/globals';
import { isBootFileName, namedBootFiles } from '../../../domain/boot/boot-file-names.js';
import { coreOsIgnition } from '../../../domain/boot/coreos-ignition.js';
import { coreOsBoot } from '../../../domain/boot/coreos-profile.js';
import { takesIgnition } from '../../../domain/boot/kernel-arguments.js';
import { networkBootScript } from '../../../domain/boot/network-boot-script.js';
import { networkKeyfile } from '../../../domain/boot/network-keyfile.js';
import { ignitionFaults } from '../../../schema/ignition.js';

const BOOT = coreOsBoot({ bootFiles: 'scos', installDevice: '/dev/sda' });

const CARD = {
  name: 'cluster',
  mac: 'bc:24:11:aa:00:01',
  address: '10.1.107.101',
  prefixLength: 24,
  gateway: '10.1.107.1',
  nameservers: ['10.1.107.2', 'fd00::2'],
  searchDomain: 'lab.internal',
  mtu: 1_400,
} as const;

describe('the network boot of CoreOS', () => {
  test('loads three files of the folder, installs to the disk, and configures what it installs', () => {
    const script = networkBootScript('http://10.1.107.2:8082', {
      network: { address: '10.1.107.101', ...BOOT },
      documents: 'ignition',
      tokens: { files: 'f1les', documents: 'd0cs' },
    });

    expect(script).toBe(
      [
        '#!ipxe',
        'kernel http://10.1.107.2:8082/files/f1les/scos/kernel initrd=initramfs.img ip=dhcp rd.neednet=1' +
          ' coreos.live.rootfs_url=http://10.1.107.2:8082/files/f1les/scos/rootfs.img' +
          ' coreos.inst.install_dev=/dev/sda coreos.inst.ignition_url=http://10.1.107.2:8082/ignition/d0cs',
        'initrd http://10.1.107.2:8082/files/f1les/scos/initramfs.img',
        'boot',
        '',
      ].join('\n'),
    );
    expect(takesIgnition(BOOT.kernelArguments)).toBe(true);
    expect(namedBootFiles(BOOT.kernelArguments)).toEqual(['scos/rootfs.img']);
  });

  test.each(['vmlinuz', 'scos/kernel', 'a/b/c/d'])('%j is the name of a boot file', (name) => {
    expect(isBootFileName(name)).toBe(true);
  });

  test.each(['', '/etc/passwd', '../secret', 'a/../../secret', 'a//b', 'a/', '.hidden', 'a/.hidden', 'a\nb'])(
    '%j is none',
    (name) => {
      expect(isBootFileName(name)).toBe(false);
    },
  );
});

describe('a connection of NetworkManager', () => {
  test('has the address, its gateway, and name servers of its own family', () => {
    expect(networkKeyfile(CARD)).toBe(
      [
        '[connection]\nid=cluster\ntype=ethernet\nautoconnect-priority=10\n',
        '[ethernet]\nmac-address=BC:24:11:AA:00:01\nmtu=1400\n',
        '[ipv4]\nmethod=manual\naddress1=10.1.107.101/24,10.1.107.1\ndns=10.1.107.2;\ndns-search=lab.internal;\nmay-fail=false\n',
        '[ipv6]\nmethod=disabled\n',
      ].join('\n'),
    );
  });

  test('of a card without an address asks nobody for one', () => {
    const text = networkKeyfile({ ...CARD, address: null, prefixLength: null });

    expect(text.match(/method=disabled/g)).toHaveLength(2);
  });
});

describe('the Ignition document of a machine of CoreOS', () => {
  const base = JSON.stringify({ ignition: { version: '3.2.0' }, passwd: { users: [{ name: 'cöre' }] } });
  const text = coreOsIgnition({
    hostname: 'okd-masters-1',
    sshAuthorizedKeys: ['ssh-ed25519 AAAA one', 'ssh-ed25519 AAAA one'],
    interfaces: [CARD],
    base,
  });
  interface Config {
    readonly ignition: { readonly version: string; readonly config: { merge: { source: string }[] } };
    readonly passwd: object;
    readonly storage: { readonly files: { path: string; mode: number; contents: { source: string } }[] };
  }
  const config = JSON.parse(text) as Config;

  test('holds the one of the install programme, byte for byte', () => {
    const [source = ''] = config.ignition.config.merge.map((one) => one.source);
    const [, encoded = ''] = source.split('base64,');

    expect(config.ignition.version).toBe('3.4.0');
    expect(Buffer.from(encoded, 'base64').toString()).toBe(base);
  });

  test('has the name, the addresses and the keys of the machine', () => {
    expect(config.passwd).toEqual({ users: [{ name: 'core', sshAuthorizedKeys: ['ssh-ed25519 AAAA one'] }] });
    expect(config.storage.files.map(({ path, mode }) => [path, mode.toString(8)])).toEqual([
      ['/etc/hostname', '644'],
      ['/etc/NetworkManager/system-connections/cluster.nmconnection', '600'],
    ]);
    expect(config.storage.files[0]?.contents.source).toBe('data:,okd-masters-1%0A');
  });

  test('is one that Ignition takes', () => {
    expect(ignitionFaults(text)).toEqual([]);
  });
});

describe('a document that Ignition refuses is refused', () => {
  const files = (...list: object[]) => ({ ignition: { version: '3.4.0' }, storage: { files: list } });
  const contents = { source: 'data:,x' };

  test.each<[string, unknown, RegExp]>([
    ['no JSON', '{', /no JSON/],
    ['no version', {}, /ignition/],
    ['a version of spec 2', { ignition: { version: '2.2.0' } }, /released version of spec 3/],
    ['an experimental one', { ignition: { version: '3.6.0-experimental' } }, /released version/],
    ['a relative path', files({ path: 'etc/x', contents }), /absolute/],
    ['a path upwards', files({ path: '/etc/../x', contents }), /absolute/],
    ['a mode that is none', files({ path: '/x', mode: 10_644, contents }), /mode/],
    ['a scheme that nobody fetches', files({ path: '/x', contents: { source: 'ftp://h/x' } }), /URL/],
    ['overwriting with nothing', files({ path: '/x', overwrite: true }), /no contents/],
    [
      'one path twice',
      files({ path: '/x', contents }, { path: '/x', contents }),
      /\/x is there more than once/,
    ],
    [
      'merging nothing',
      { ignition: { version: '3.4.0', config: { merge: [{}] } } },
      /\/ignition\/config\/merge\/0 has no source/,
    ],
    [
      'a hash that is none',
      files({ path: '/x', contents: { ...contents, verification: { hash: 'md5-1' } } }),
      /hash/,
    ],
    [
      'a unit without a suffix',
      { ignition: { version: '3.4.0' }, systemd: { units: [{ name: 'x' }] } },
      /unit/,
    ],
    [
      'one user twice',
      { ignition: { version: '3.4.0' }, passwd: { users: [{ name: 'a' }, { name: 'a' }] } },
      /a is there more than once/,
    ],
  ])('%s', (_, document, why) => {
    const text = typeof document === 'string' ? document : JSON.stringify(document);

    expect(ignitionFaults(text).join('; ')).toMatch(why);
  });
});
