import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '../../schema/configuration.js';

const SECRETS_KEY = Buffer.alloc(32, 7).toString('base64');
const TOKEN = 'clusterwright@pve!service=01234567-89ab-cdef-0123-456789abcdef';
const HASH = 'a'.repeat(64);

const API = {
  SECRETS_KEY,
  API_KEY_SHA256: HASH,
  NETWORK_CIDR: '10.1.107.0/24',
  NETWORK_RANGE: '10.1.107.100-150',
};
const WORKER = { SECRETS_KEY, PROXMOX_URL: 'https://pve1.example.com:8006', PROXMOX_TOKEN: TOKEN };

function apiFaults(changes: Record<string, string | undefined>): readonly string[] {
  const result = readConfiguration({ ...API, ...changes }, 'api');
  return result.ok ? [] : result.faults;
}

function workerFaults(changes: Record<string, string | undefined>): readonly string[] {
  const result = readConfiguration({ ...WORKER, ...changes }, 'worker');
  return result.ok ? [] : result.faults;
}

describe('the configuration of the API', () => {
  test('has defaults for all that is not required', () => {
    expect(readConfiguration(API, 'api')).toEqual({
      ok: true,
      configuration: {
        role: 'api',
        temporal: { address: '127.0.0.1:7233', namespace: 'default', apiKey: null, tls: false },
        machineProxyUrl: null,
        databasePath: './clusterwright.db',
        secretsKey: Buffer.alloc(32, 7),
        logLevel: 'info',
        listen: { host: '127.0.0.1', port: 8080 },
        authentication: { kind: 'key', hashes: [HASH] },
        networkDefaults: {
          bridge: 'vmbr0',
          vlan: null,
          cidr: '10.1.107.0/24',
          gateway: null,
          ipRange: '10.1.107.100-150',
          nameservers: [],
          domain: 'cluster.internal',
          publicNetwork: null,
        },
        boot: null,
        healthIntervalSeconds: 30,
      },
    });
  });

  test('names everything that is missing at once, one line each', () => {
    const result = readConfiguration({}, 'api');

    expect(result.ok ? [] : result.faults.map((line) => line.split(' ')[0])).toEqual([
      'SECRETS_KEY',
      'NETWORK_CIDR',
      'NETWORK_RANGE',
      'API_KEY_SHA256',
    ]);
    expect(result.ok ? [] : result.faults.filter((line) => line.includes('\n'))).toEqual([]);
  });

  test('does not ask for what only the worker needs', () => {
    expect(apiFaults({ PROXMOX_URL: 'nonsense', PROXMOX_TOKEN: 'nonsense' })).toEqual([]);
  });

  test('takes lists, and values with blanks around them', () => {
    const result = readConfiguration(
      {
        ...API,
        API_KEY_SHA256: `${HASH}, ${'b'.repeat(64)}\n`,
        NETWORK_NAMESERVERS: '10.1.107.2,10.1.107.3',
      },
      'api',
    );

    expect(result).toMatchObject({
      configuration: {
        authentication: { hashes: [HASH, 'b'.repeat(64)] },
        networkDefaults: { nameservers: ['10.1.107.2', '10.1.107.3'] },
      },
    });
  });

  test('has a boot service once it is said how machines reach it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'clusterwright-configuration-'));
    const boot = (change: Record<string, string>) => {
      const result = readConfiguration({ ...API, BOOT_URL: 'http://10.1.107.2:8082/', ...change }, 'api');
      return result.ok ? result.configuration.boot : result.faults;
    };

    expect(boot({})).toEqual({
      url: 'http://10.1.107.2:8082',
      listen: { host: '0.0.0.0', port: 8082 },
      filesPath: null,
      trustedProxies: [],
    });
    expect(boot({ BOOT_FILES_PATH: folder, BOOT_TRUSTED_PROXIES: '10.1.107.1, 10.2.0.0/16' })).toMatchObject({
      filesPath: folder,
      trustedProxies: ['10.1.107.1', '10.2.0.0/16'],
    });
    rmSync(folder, { recursive: true });
  });

  test.each([
    ['BOOT_URL', 'http://10.1.107.2:8082/boot'],
    ['BOOT_URL', 'tftp://10.1.107.2'],
    ['BOOT_URL', 'http://user:secret@10.1.107.2'],
    ['BOOT_FILES_PATH', '/nowhere/at/all'],
    ['BOOT_FILES_PATH', '/etc/hostname'],
    ['BOOT_TRUSTED_PROXIES', 'everybody'],
    ['BOOT_TRUSTED_PROXIES', '10.1.107.0/33'],
    ['BOOT_PORT', '70000'],
  ])('refuses %s=%s', (name, value) => {
    expect(apiFaults({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
  });

  test('takes an empty variable for one that is not set', () => {
    expect(readConfiguration({ ...API, API_PORT: '', NETWORK_GATEWAY: ' ' }, 'api')).toMatchObject({
      configuration: { listen: { port: 8080 }, networkDefaults: { gateway: null } },
    });
  });

  test.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('may be open on %s', (host) => {
    const result = readConfiguration(
      { ...API, API_AUTH: 'none', API_HOST: host, API_KEY_SHA256: undefined },
      'api',
    );

    expect(result).toMatchObject({ configuration: { authentication: { kind: 'none' } } });
  });

  test.each(['0.0.0.0', '::', '10.0.0.1', 'api.example.com', '128.0.0.1'])(
    'may not be open on %s',
    (host) => {
      expect(apiFaults({ API_AUTH: 'none', API_HOST: host })).toEqual([
        expect.stringMatching(/^API_AUTH must be key/),
      ]);
    },
  );

  test.each([
    ['API_PORT', '65536'],
    ['API_PORT', '80a'],
    ['API_AUTH', 'basic'],
    ['API_KEY_SHA256', 'A'.repeat(64)],
    ['API_KEY_SHA256', `${HASH},`],
    ['TEMPORAL_ADDRESS', 'http://temporal:7233'],
    ['TEMPORAL_TLS', 'yes'],
    ['TEMPORAL_API_KEY', 'key-in-the-clear'],
    ['SECRETS_KEY', Buffer.alloc(31).toString('base64')],
    ['LOG_LEVEL', 'loud'],
    ['NETWORK_VLAN', '4095'],
    ['NETWORK_CIDR', '10.1.107.1/24'],
    ['NETWORK_GATEWAY', '10.1.108.1'],
    ['NETWORK_RANGE', '10.1.108.100-150'],
    ['NETWORK_NAMESERVERS', '10.1.107.2,dns'],
    ['NETWORK_BRIDGE', 'a-bridge-with-a-long-name'],
    ['NETWORK_DOMAIN', 'cluster_internal'],
  ])('names %s when it is wrong (%s)', (name, value) => {
    expect(apiFaults({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
  });

  test('has a public network once subnet and range of it are known', () => {
    const PUBLIC_CIDR = '10.1.3.0/24';
    const PUBLIC_IP_RANGE = '10.1.3.100-150';
    const result = readConfiguration({ ...API, PUBLIC_CIDR, PUBLIC_IP_RANGE }, 'api');

    expect(result).toMatchObject({
      configuration: {
        networkDefaults: { publicNetwork: { cidr: PUBLIC_CIDR, ipRange: PUBLIC_IP_RANGE, gateway: null } },
      },
    });
    expect(apiFaults({ PUBLIC_CIDR })).toEqual(['PUBLIC_IP_RANGE is required with PUBLIC_CIDR']);
    expect(apiFaults({ PUBLIC_IP_RANGE })).toEqual(['PUBLIC_CIDR is required with PUBLIC_IP_RANGE']);
    expect(apiFaults({ PUBLIC_GATEWAY: '10.1.3.1' })).toEqual([
      'PUBLIC_CIDR is required with PUBLIC_GATEWAY',
    ]);
  });

  test.each([
    ['PUBLIC_CIDR', '10.1.0.0/16'],
    ['PUBLIC_CIDR', '10.1.3.1/24'],
    ['PUBLIC_IP_RANGE', '10.1.4.100-150'],
    ['PUBLIC_IP_RANGE', '10.1.3.1-50'],
    ['PUBLIC_GATEWAY', '10.1.4.1'],
  ])('names %s when it is wrong (%s)', (name, value) => {
    const right = {
      PUBLIC_CIDR: '10.1.3.0/24',
      PUBLIC_IP_RANGE: '10.1.3.100-150',
      PUBLIC_GATEWAY: '10.1.3.1',
    };

    expect(apiFaults({ ...right, [name]: value })[0]).toMatch(new RegExp(`^${name} `));
  });

  test('asks for a default range without the default gateway', () => {
    expect(apiFaults({ NETWORK_GATEWAY: '10.1.107.100' })).toEqual([
      'NETWORK_RANGE 10.1.107.100-150 contains the gateway',
    ]);
  });
});

describe('the configuration of the worker', () => {
  test('has defaults for all that is not required', () => {
    expect(readConfiguration(WORKER, 'worker')).toMatchObject({
      configuration: {
        role: 'worker',
        proxmox: {
          endpoints: [{ url: 'https://pve1.example.com:8006', trust: { kind: 'system' } }],
          token: { id: 'clusterwright@pve!service', secret: '01234567-89ab-cdef-0123-456789abcdef' },
          breaker: { failureThreshold: 5, resetTimeoutMs: 60_000 },
        },
        metrics: null,
        vmidRange: { from: 20_000, to: 29_999 },
        addressQuarantineSeconds: 600,
        isoStorage: 'local',
        bootUrl: null,
        k3sInstallUrl: 'https://get.k3s.io',
        rke2InstallUrl: 'https://get.rke2.io',
        kubernetesPackagesUrl: 'https://pkgs.k8s.io',
        kubeVipImage: 'ghcr.io/kube-vip/kube-vip:v0.9.2',
        serviceImage: null,
        machineStorage: null,
        dnsKeys: new Map(),
        pullSecrets: new Map(),
        datastores: new Map(),
        csi: { proxmoxUrl: WORKER.PROXMOX_URL, caCertificate: null, tokens: new Map() },
        clusterImageMirror: null,
        limits: { workflowTasks: 40, proxmoxActivities: 16, sshActivities: 64, kubernetesActivities: 32 },
        shutdownGraceSeconds: 30,
      },
    });
  });

  test('writes a fingerprint as Node does, however it was written', () => {
    const sha256 = Array(32).fill('AB').join(':');

    for (const written of [sha256, 'ab'.repeat(32), sha256.toLowerCase()]) {
      expect(readConfiguration({ ...WORKER, PROXMOX_FINGERPRINT: written }, 'worker')).toMatchObject({
        configuration: { proxmox: { endpoints: [{ trust: { kind: 'fingerprint', sha256 } }] } },
      });
    }
  });

  describe('with several addresses of Proxmox VE', () => {
    const PROXMOX_URL = 'https://pve1.example.com:8006, https://pve2.example.com:8006';
    const [one, two] = [Array(32).fill('AB').join(':'), Array(32).fill('CD').join(':')];

    test.each([
      ['one fingerprint for all', one, [one, one]],
      ['one for each', `${one},${two}`, [one, two]],
    ])('takes %s', (_what, PROXMOX_FINGERPRINT, expected) => {
      const result = readConfiguration({ ...WORKER, PROXMOX_URL, PROXMOX_FINGERPRINT }, 'worker');

      expect(result).toMatchObject({
        configuration: {
          proxmox: {
            endpoints: [
              { url: 'https://pve1.example.com:8006', trust: { sha256: expected[0] } },
              { url: 'https://pve2.example.com:8006', trust: { sha256: expected[1] } },
            ],
          },
        },
      });
    });

    test('does not guess which fingerprint is whose', () => {
      expect(workerFaults({ PROXMOX_URL, PROXMOX_FINGERPRINT: [one, two, one].join(',') })).toEqual([
        expect.stringMatching(/^PROXMOX_FINGERPRINT names 3 certificates for the 2 addresses/),
      ]);
    });

    test('refuses the same one twice', () => {
      expect(workerFaults({ PROXMOX_URL: 'https://pve1:8006,https://PVE1:8006/' })).toEqual([
        'PROXMOX_URL names https://pve1:8006 more than once',
      ]);
    });
  });

  test('serves metrics only where it is told to', () => {
    expect(readConfiguration({ ...WORKER, METRICS_PORT: '9464' }, 'worker')).toMatchObject({
      configuration: { metrics: { host: '127.0.0.1', port: 9464 } },
    });
  });

  test('reads the file of certificates at once', () => {
    const folder = mkdtempSync(join(tmpdir(), 'configuration-'));
    const path = join(folder, 'ca.pem');
    const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
    writeFileSync(path, pem);

    const result = readConfiguration({ ...WORKER, PROXMOX_CA_FILE: path }, 'worker');
    rmSync(folder, { recursive: true });

    expect(result).toMatchObject({
      configuration: { proxmox: { endpoints: [{ trust: { kind: 'ca', pem } }] } },
    });
    expect(workerFaults({ PROXMOX_CA_FILE: path })).toEqual([
      expect.stringMatching(/^PROXMOX_CA_FILE cannot be read: /),
    ]);
  });

  test.each(['socks5://127.0.0.1:1080', 'socks5://127.0.0.1:1080/'])('takes the proxy %s', (url) => {
    expect(readConfiguration({ ...WORKER, MACHINE_PROXY_URL: url }, 'worker')).toMatchObject({
      configuration: { machineProxyUrl: 'socks5://127.0.0.1:1080' },
    });
  });

  test.each([
    ['PROXMOX_URL', 'http://pve1.example.com:8006'],
    ['PROXMOX_URL', 'https://user:pw@pve1.example.com'],
    ['PROXMOX_URL', 'https://pve1.example.com:8006/api2/json'],
    ['PROXMOX_URL', 'https://pve1.example.com:8006,'],
    ['PROXMOX_BREAKER_FAILURES', '0'],
    ['PROXMOX_BREAKER_RESET_SECONDS', '0'],
    ['METRICS_PORT', '65536'],
    ['PROXMOX_TOKEN', 'root@pam'],
    ['PROXMOX_FINGERPRINT', 'ab:cd'],
    ['VMID_FROM', '99'],
    ['ADDRESS_QUARANTINE_SECONDS', '-1'],
    ['VMID_TO', '19999'],
    ['ISO_STORAGE', 'local:iso'],
    ['MACHINE_PROXY_URL', 'http://127.0.0.1:1080'],
    ['MACHINE_PROXY_URL', 'socks5://127.0.0.1:99999'],
    ['K3S_INSTALL_URL', "https://get.k3s.io/'; reboot; '"],
    ['K3S_INSTALL_URL', 'http://get.k3s.io'],
    ['RKE2_INSTALL_URL', 'get.rke2.io'],
    ['KUBERNETES_PACKAGES_URL', 'http://pkgs.k8s.io'],
    ['KUBE_VIP_IMAGE', 'registry.example.com:5000/kube-vip'],
    ['MACHINE_STORAGE', 'local-zfs:images'],
    ['SERVICE_IMAGE', 'local:9001'],
    ['PULL_SECRETS_PATH', '/nowhere/at/all'],
    ['DATASTORES_PATH', '/etc/hostname'],
    ['CSI_TOKENS_PATH', '/etc/hostname'],
    ['CSI_PROXMOX_URL', 'http://pve:8006'],
    ['CSI_PROXMOX_CA_FILE', '/nowhere/at/all'],
    ['CLUSTER_IMAGE_MIRROR', 'https://registry.lab.internal'],
    ['WORKER_MAX_SSH_ACTIVITIES', '0'],
    ['WORKER_SHUTDOWN_GRACE_SECONDS', '-1'],
  ])('names %s when it is wrong (%s)', (name, value) => {
    expect(workerFaults({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
  });

  test('never shows the value of a secret', () => {
    const faults = workerFaults({ PROXMOX_TOKEN: 'hunter2', SECRETS_KEY: 'hunter2' });

    expect(faults).toHaveLength(2);
    expect(faults.join('\n')).not.toContain('hunter2');
  });

  test('does not guess which certificate to trust when two ways are given', () => {
    const folder = mkdtempSync(join(tmpdir(), 'configuration-'));
    const path = join(folder, 'ca.pem');
    writeFileSync(path, '-----BEGIN CERTIFICATE-----');

    const faults = workerFaults({ PROXMOX_CA_FILE: path, PROXMOX_FINGERPRINT: 'ab'.repeat(32) });
    rmSync(folder, { recursive: true });

    expect(faults).toEqual([expect.stringContaining('exclude each other')]);
  });
});
