import { describe, expect, test } from '@jest/globals';
import { assert, property, string } from 'fast-check';
import { parseMac } from '../../../domain/boot/boot-urls.js';
import { ignitionConfig } from '../../../domain/boot/ignition.js';
import { ipxeScript } from '../../../domain/boot/ipxe-script.js';
import { commandLine, takesIgnition } from '../../../domain/boot/kernel-arguments.js';
import { smbiosText } from '../../../domain/boot/smbios.js';

const KERNEL = 'http://10.1.107.2:8082/files/t0ken/vmlinuz';
const INITRD = 'http://10.1.107.2:8082/files/t0ken/initrd.img';
const UUID = '0f1e2d3c-0000-4000-8000-000000aabbcc';

describe('an iPXE script', () => {
  test('names the initrd to the kernel, which finds it by this name under UEFI', () => {
    expect(ipxeScript({ kernelUrl: KERNEL, initrdUrl: INITRD, commandLine: ['quiet', 'a=b'] })).toBe(
      `#!ipxe\nkernel ${KERNEL} initrd=initrd.img quiet a=b\ninitrd ${INITRD}\nboot\n`,
    );
  });

  test('needs neither an initrd nor arguments', () => {
    expect(ipxeScript({ kernelUrl: KERNEL, initrdUrl: null, commandLine: [] })).toBe(
      `#!ipxe\nkernel ${KERNEL}\nboot\n`,
    );
  });

  test.each([
    'a b',
    'a\nb',
    'a\tb',
    '${net0/mac}',
    '&&',
    '||',
    '#',
    '--',
    '',
    "a'b",
    'a"b',
    'a\\',
    '$x',
    'é',
  ])('refuses %j, which would be more or less than one argument', (argument) => {
    expect(() => ipxeScript({ kernelUrl: KERNEL, initrdUrl: null, commandLine: [argument] })).toThrow(
      expect.objectContaining({ code: 'BOOT_DOCUMENT_INVALID' }),
    );
  });

  test('never has more lines or commands than it was made of, whatever the argument', () => {
    assert(
      property(string({ unit: 'binary' }), (argument) => {
        let script: string;
        try {
          script = ipxeScript({ kernelUrl: KERNEL, initrdUrl: null, commandLine: [argument] });
        } catch {
          return;
        }
        expect(script).toBe(`#!ipxe\nkernel ${KERNEL} ${argument}\nboot\n`);
        expect(argument).not.toMatch(/[\s$&|#\\'"]/);
      }),
    );
  });

  test.each(['ftp://10.1.107.2/x', 'http://10.1.107.2/', 'http://10.1.107.2/a b', 'http://u:p@h/x', 'x'])(
    'refuses the address %j',
    (kernelUrl) => {
      expect(() => ipxeScript({ kernelUrl, initrdUrl: null, commandLine: [] })).toThrow(
        expect.objectContaining({ code: 'BOOT_DOCUMENT_INVALID' }),
      );
    },
  );

  test('refuses a longer command line than a kernel takes', () => {
    const line = Array.from({ length: 9 }, () => 'x'.repeat(256));

    expect(() => ipxeScript({ kernelUrl: KERNEL, initrdUrl: null, commandLine: line })).toThrow(/2047/);
  });
});

describe('the command line', () => {
  const urls = { noCloud: 'http://b/nocloud/t/', ignition: 'http://b/ignition/t' };

  test('ends in where the configuration is', () => {
    expect(commandLine(['quiet'], 'nocloud', urls)).toEqual([
      'quiet',
      'ds=nocloud-net;s=http://b/nocloud/t/',
    ]);
    expect(commandLine(['quiet'], 'ignition', urls)).toEqual([
      'quiet',
      'ignition.config.url=http://b/ignition/t',
    ]);
    expect(commandLine(['quiet'], 'none', urls)).toEqual(['quiet']);
  });

  test('tells by its arguments which of them the operating system reads', () => {
    expect(takesIgnition(['console=ttyS0', 'ignition.platform.id=metal'])).toBe(true);
    expect(takesIgnition(['console=ttyS0', 'x=ignition.y'])).toBe(false);
  });
});

describe('smbios1', () => {
  test('always has the UUID, which would be lost without', () => {
    expect(smbiosText({ uuid: UUID, noCloudUrl: null })).toBe(`uuid=${UUID}`);
    expect(smbiosText({ uuid: UUID, noCloudUrl: 'http://b/nocloud/t/' })).toMatch(
      `uuid=${UUID},base64=1,serial=`,
    );
  });

  test('has a serial number that neither comma nor semicolon ends', () => {
    const text = smbiosText({ uuid: UUID, noCloudUrl: 'http://b/nocloud/t/' });
    const serial = /serial=([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1] ?? '';

    expect(Buffer.from(serial, 'base64').toString()).toBe('ds=nocloud-net;s=http://b/nocloud/t/');
  });
});

test.each([
  ['BC-24-11-AA-00-01', 'bc:24:11:aa:00:01'],
  ['bc:24:11:aa:00:01', 'bc:24:11:aa:00:01'],
  ['bc:24-11:aa:00:01', undefined],
  ['bc2411aa0001', undefined],
  ['bc:24:11:aa:00:01:02', undefined],
  ['', undefined],
])('the MAC address %j is read as %j', (text, mac) => {
  expect(parseMac(text)).toBe(mac);
});

describe('an Ignition document', () => {
  const input = {
    hostname: 'edge-server-1',
    user: 'core',
    sshAuthorizedKeys: ['ssh-ed25519 AAAA one'],
    packages: [],
    runCmd: [],
    exports: [],
  };
  interface Config {
    readonly storage: { readonly files: { path: string; mode: number; contents: { source: string } }[] };
    readonly systemd?: { readonly units: { contents: string; enabled: boolean }[] };
  }
  const read = (text: string) => JSON.parse(text) as Config;
  const file = ({ storage }: Config, path: string) => {
    const source = storage.files.find((one) => one.path === path)?.contents.source ?? '';
    return decodeURIComponent(source.replace(/^data:,/, ''));
  };

  test('has the user, its keys and the host name', () => {
    const config = read(ignitionConfig(input));

    expect(config).toMatchObject({
      passwd: { users: [{ name: 'core', sshAuthorizedKeys: ['ssh-ed25519 AAAA one'] }] },
    });
    expect(file(config, '/etc/hostname')).toBe('edge-server-1\n');
    expect(config.systemd).toBeUndefined();
  });

  test('runs the lines once, after the variables that they need', () => {
    const config = read(
      ignitionConfig({ ...input, exports: ["export A='x y'"], runCmd: ['echo "$A" 100%'] }),
    );

    expect(file(config, '/usr/local/libexec/first-boot')).toContain(`export A='x y'\necho "$A" 100%\n`);
    expect(config.systemd?.units[0]?.contents).toContain('ConditionPathExists=!/var/lib/first-boot.done');
  });
});
