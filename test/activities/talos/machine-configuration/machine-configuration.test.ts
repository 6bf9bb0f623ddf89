import { beforeAll, describe, expect, test } from '@jest/globals';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { parse, parseAllDocuments } from 'yaml';
import { machineConfiguration } from '../../../../activities/talos/machine-configuration/machine-configuration.js';
import { secretTexts, talosSecrets, type TalosSecrets } from '../../../../activities/talos/secrets.js';
import { aLoadBalancer } from '../../../builders/service.js';
import { aStore } from '../../../store/store-builder.js';
import { aPlannedMachine, aTalosDefinition, uuidOf } from '../talos-world.js';

let secrets: TalosSecrets;

beforeAll(async () => {
  const kept = new Map<string, string>();
  secrets = await talosSecrets(
    {
      get: (_uid, name) => Promise.resolve(kept.get(name)),
      create: (_uid, name, value) => Promise.resolve(kept.set(name, value).get(name) ?? ''),
      put: () => Promise.resolve(),
      replace: () => Promise.resolve(),
      names: () => Promise.resolve([]),
      removeCluster: () => Promise.resolve(),
    },
    'uid-1',
  );
});

function configurationOf(
  role: 'controlplane' | 'worker',
  change: Partial<Parameters<typeof machineConfiguration>[0]> = {},
) {
  return machineConfiguration({
    definition: aTalosDefinition(),
    endpoint: { address: '10.1.107.90', isBalanced: true, names: ['api.edge.lab.internal'] },
    machine: aPlannedMachine(1, {
      labels: { tier: 'a' },
      taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }],
    }),
    machineUuid: uuidOf(1),
    role,
    secrets,
    ...change,
  });
}

describe('the machine configuration', () => {
  test('has the shared address on control-plane machines where they keep it among themselves', () => {
    const service = aLoadBalancer({ configuration: { kind: 'KUBE_VIP', machines: null, address: null } });
    const definition = { ...aTalosDefinition(), services: [service] };
    const interfacesOf = (text: string): unknown =>
      (parse(text) as { machine: { network: { interfaces: unknown } } }).machine.network.interfaces;

    const shared = { vip: { ip: '10.1.107.90' } };
    expect(interfacesOf(configurationOf('controlplane', { definition }))).toMatchObject([shared]);
    expect(configurationOf('worker', { definition })).not.toContain('vip');
    expect(configurationOf('controlplane')).not.toContain('vip');
  });

  test('of a control-plane machine says who and where it is', () => {
    expect(parse(configurationOf('controlplane'))).toMatchObject({
      version: 'v1alpha1',
      machine: {
        type: 'controlplane',
        certSANs: ['10.1.107.90', 'api.edge.lab.internal'],
        network: {
          hostname: 'edge-1',
          interfaces: [
            {
              deviceSelector: { hardwareAddr: 'bc:24:11:00:00:01' },
              addresses: ['10.1.107.101/24'],
              routes: [{ network: '0.0.0.0/0', gateway: '10.1.107.1' }],
              dhcp: false,
            },
          ],
          nameservers: ['10.1.107.1'],
        },
        install: { disk: '/dev/sda', image: 'ghcr.io/siderolabs/installer:v1.9.1', wipe: false },
        nodeLabels: { tier: 'a' },
        nodeTaints: { gpu: 'yes:NoSchedule' },
      },
      cluster: {
        clusterName: 'edge',
        controlPlane: { endpoint: 'https://10.1.107.90:6443' },
        network: { podSubnets: ['10.42.0.0/16'], serviceSubnets: ['10.43.0.0/16'], cni: { name: 'flannel' } },
        discovery: { enabled: false },
        apiServer: { certSANs: ['10.1.107.90', 'api.edge.lab.internal'] },
        etcd: { advertisedSubnets: ['10.1.107.0/24'] },
      },
    });
  });

  test('of a worker holds no key, and brings its taints with it', () => {
    const text = configurationOf('worker');
    const { machine, cluster } = parse(text);

    for (const { privateKey } of Object.values(secrets.authorities)) {
      const der = createPrivateKey(privateKey).export({ format: 'der', type: 'pkcs8' }).toString('base64');
      expect(text).not.toContain(der);
    }
    expect(Object.keys(machine.ca)).toEqual(['crt']);
    expect(Object.keys(cluster.ca)).toEqual(['crt']);
    expect(cluster).not.toHaveProperty('etcd');
    expect(cluster).not.toHaveProperty('serviceAccount');
    expect(machine).not.toHaveProperty('nodeTaints');
    expect(machine.kubelet.extraConfig).toEqual({
      registerWithTaints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }],
    });
  });

  test('labels keys as Talos reads them', () => {
    const { machine, cluster } = parse(configurationOf('controlplane'));
    const label = (text: string): string => Buffer.from(text, 'base64').toString().split('\n')[0] ?? '';

    expect(label(machine.ca.key)).toBe('-----BEGIN ED25519 PRIVATE KEY-----');
    expect(label(cluster.ca.key)).toBe('-----BEGIN EC PRIVATE KEY-----');
    expect(label(cluster.serviceAccount.key)).toBe('-----BEGIN EC PRIVATE KEY-----');
    expect(new X509Certificate(Buffer.from(machine.ca.crt, 'base64')).ca).toBe(true);
  });

  test('encrypts Kubernetes Secrets only where it is asked for', () => {
    const definition = aTalosDefinition();
    const plain = { ...definition, security: { ...definition.security, encryptSecretsAtRest: false } };

    expect(parse(configurationOf('controlplane')).cluster.secretboxEncryptionSecret).toBe(
      secrets.secretboxKey,
    );
    expect(parse(configurationOf('controlplane', { definition: plain })).cluster).not.toHaveProperty(
      'secretboxEncryptionSecret',
    );
  });

  test('is patched in order, and patches of another kind become documents of their own', () => {
    const watchdog = { apiVersion: 'v1alpha1', kind: 'WatchdogTimerConfig', device: '/dev/watchdog0' };
    const definition = aTalosDefinition([
      { machine: { sysctls: { a: '1', b: '1' } } },
      watchdog,
      { machine: { sysctls: { b: '2' } } },
      { apiVersion: 'v1alpha1', kind: 'WatchdogTimerConfig', timeout: '2m0s' },
    ]);

    const documents = parseAllDocuments(configurationOf('worker', { definition })).map((each) => each.toJS());

    expect(documents).toHaveLength(2);
    expect(documents[0].machine.sysctls).toEqual({ a: '1', b: '2' });
    expect(documents[1]).toEqual({ ...watchdog, timeout: '2m0s' });
  });

  test('is the same for the same input', () => {
    expect(configurationOf('controlplane')).toBe(configurationOf('controlplane'));
  });

  test('lets workloads run on the control plane where there is nothing else', () => {
    const definition = aTalosDefinition();
    const alone = { ...definition, nodeGroups: definition.nodeGroups.slice(0, 1) };

    expect(
      parse(configurationOf('controlplane', { definition: alone })).cluster.allowSchedulingOnControlPlanes,
    ).toBe(true);
    expect(parse(configurationOf('controlplane')).cluster).not.toHaveProperty(
      'allowSchedulingOnControlPlanes',
    );
  });
});

describe('the secrets of a cluster', () => {
  test('are made once: of two at the same time both get the same', async () => {
    const store = await aStore();

    const [one, other] = await Promise.all([
      talosSecrets(store.secrets, 'uid-1'),
      talosSecrets(store.secrets, 'uid-1'),
    ]);

    expect(one).toEqual(other);
    expect(await talosSecrets(store.secrets, 'uid-1')).toEqual(one);
    expect((await talosSecrets(store.secrets, 'uid-2')).machineToken).not.toBe(one.machineToken);
  });

  test('are all known to what takes them out of texts', () => {
    const known = secretTexts(secrets);

    expect(known).toEqual(
      expect.arrayContaining([
        secrets.bootstrapToken,
        secrets.machineToken,
        secrets.authorities.etcd.privateKey,
      ]),
    );
  });
});
