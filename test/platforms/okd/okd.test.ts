import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { installConfig } from '../../../platforms/okd/install-config.js';
import { ignitionFileOf } from '../../../platforms/okd/install-files.js';
import { installHostSteps, renewIgnitionStep } from '../../../platforms/okd/install-steps.js';
import { okdNodeMarks } from '../../../platforms/okd/node-marks.js';
import { apiName, internalApiName } from '../../../platforms/okd/names.js';
import { okd } from '../../../platforms/okd/okd.js';
import type { PlatformMachine } from '../../../platforms/platform.js';
import { anOkdCluster, OKD_CONFIG, okdGroup } from './clusters.js';

const WORKERS = okdGroup('workers', 'WORKER', 2);

describe('install-config.yaml', () => {
  test('says what the machines are, and that others make them', () => {
    const text = installConfig({ definition: anOkdCluster() });

    expect(parse(text)).toEqual({
      apiVersion: 'v1',
      baseDomain: 'lab.internal',
      metadata: { name: 'okd-production' },
      compute: [{ name: 'worker', architecture: 'amd64', hyperthreading: 'Enabled', replicas: 0 }],
      controlPlane: { name: 'master', architecture: 'amd64', hyperthreading: 'Enabled', replicas: 3 },
      networking: {
        networkType: 'OVNKubernetes',
        clusterNetwork: [{ cidr: '10.42.0.0/16', hostPrefix: 23 }],
        serviceNetwork: ['10.43.0.0/16'],
        machineNetwork: [{ cidr: '10.1.107.0/24' }],
      },
      platform: { none: {} },
      pullSecret: '{"auths":{"fake":{"auth":"aWQ6cGFzcwo="}}}',
      sshKey: '{{secret:ssh-public-key}}',
    });
  });

  test('takes a pull secret with any character as it is', () => {
    const platformConfig = { ...OKD_CONFIG, pullSecret: 'main' };
    const secret = '{"auths":{"r:5000":{"auth":"eDp5","email":"o\'brien: #1 {a}"}}}';

    const text = installConfig({ definition: anOkdCluster({ platformConfig }) });

    expect(text).not.toContain('fake');
    const filled = text.replace('{{secret:pull-secret}}', () => secret);
    expect(parse(filled)).toMatchObject({ pullSecret: secret });
  });
});

describe('the steps of the install host', () => {
  test('make masters schedulable where there is nobody else', () => {
    const script = (groups: ReturnType<typeof okdGroup>[]) =>
      installHostSteps({ definition: anOkdCluster({ nodeGroups: groups }) })[1]?.act ?? '';
    const masters = [okdGroup('bootstrap', 'BOOTSTRAP', 1), okdGroup('masters', 'CONTROL_PLANE', 3)];

    expect(script(masters)).toContain("mastersSchedulable: true/'");
    expect(script([...masters, WORKERS])).toContain("mastersSchedulable: false/'");
    expect(script([...masters, okdGroup('infra', 'INFRA', 2)])).toContain("mastersSchedulable: false/'");
  });

  test('are those of the version of the cluster', () => {
    const [tools] = installHostSteps({ definition: anOkdCluster({ version: '4.19.0-okd-scos.3' }) });

    expect(tools?.act).toContain("'https://okd.example/releases/4.19.0/sha256sum.txt'");
    expect(tools?.act).toContain('openshift-client-linux-4.19.0-okd-scos.3.tar.gz');
  });

  test('make the files anew only when told to', () => {
    const definition = anOkdCluster();
    const ignition = installHostSteps({ definition })[1];

    expect(renewIgnitionStep({ definition }).observe).toBeNull();
    expect(ignition?.observe).not.toContain('date');
  });
});

describe('OKD', () => {
  const machine = (change: Partial<PlatformMachine>): PlatformMachine => ({
    name: 'okd-1',
    role: 'WORKER',
    address: '10.1.107.101',
    labels: { zone: 'a' },
    taints: [],
    ...change,
  });

  test('is reached by names below its own', () => {
    expect(apiName(anOkdCluster())).toBe('api.okd-production.lab.internal');
    expect(internalApiName(anOkdCluster())).toBe('api-int.okd-production.lab.internal');
  });

  test('gives infra machines their role through the API', () => {
    expect(okdNodeMarks(machine({ role: 'INFRA' })).labels).toEqual({
      'node-role.kubernetes.io/infra': '',
      zone: 'a',
    });
    expect(okdNodeMarks(machine({})).labels).toEqual({ zone: 'a' });
  });

  test('has a document for each machine that is a node', () => {
    expect((['BOOTSTRAP', 'CONTROL_PLANE', 'WORKER', 'INFRA'] as const).map(ignitionFileOf)).toEqual([
      'bootstrap.ign',
      'master.ign',
      'worker.ign',
      'worker.ign',
    ]);
    expect(() => ignitionFileOf('BASTION')).toThrow(
      expect.objectContaining({ code: 'BOOT_DOCUMENT_INVALID' }),
    );
  });

  test('can do the cluster, with workers, infra machines and a bastion', () => {
    const { nodeGroups } = anOkdCluster();
    const more = [WORKERS, okdGroup('infra', 'INFRA', 2), okdGroup('bastion', 'BASTION', 1)];

    expect(okd.faults(anOkdCluster())).toEqual([]);
    expect(okd.faults(anOkdCluster({ nodeGroups: [...nodeGroups, ...more] }))).toEqual([]);
  });

  test('says all that it cannot do', () => {
    const base = anOkdCluster();
    const { template } = WORKERS;
    const nodeGroups = [
      okdGroup('bootstrap', 'BOOTSTRAP', 2, { lifecycle: { temporary: false, cleanupAfterBoot: false } }),
      okdGroup('masters', 'CONTROL_PLANE', 2),
      okdGroup('workers', 'WORKER', 300, {
        template: { ...template, cloudInit: { ...template.cloudInit, packages: ['jq'] } },
      }),
    ];

    expect(okd.faults({ ...base, nodeGroups, services: [] })).toEqual([
      { pointer: '/nodeGroups', detail: 'OKD needs exactly 3 CONTROL_PLANE machines' },
      { pointer: '/nodeGroups', detail: 'OKD needs exactly one BOOTSTRAP machine' },
      expect.objectContaining({ pointer: '/nodeGroups/0/lifecycle/temporary' }),
      expect.objectContaining({ pointer: '/nodeGroups/2/template/cloudInit' }),
      { pointer: '/network/podCidr', detail: 'has room for 128 machines, and there are 302' },
      { pointer: '/services', detail: 'OKD needs a LOAD_BALANCER for api, machine-config and ingress' },
      { pointer: '/services', detail: 'OKD needs a PXE_BOOT service' },
    ]);
  });

  test('boots its machines alike, from the folder of the boot service, and configures them over the network', () => {
    const workers = okdGroup('workers', 'WORKER', 2);
    const own = { ...workers.boot, kernel: 'vmlinuz', initrd: null, kernelArguments: ['a=b'] };
    const definition = anOkdCluster();

    expect(okd.networkBoot?.(workers, definition)).toMatchObject({
      delivery: 'NETWORK',
      kernel: 'scos/kernel',
      initrd: 'scos/initramfs.img',
    });
    expect(okd.networkBoot?.({ ...workers, boot: own }, definition)).toEqual({ ...own, delivery: 'NETWORK' });
    expect(okd.networkBoot?.(okdGroup('bastion', 'BASTION', 1), definition)).toEqual(workers.boot);
  });

  test.each([
    ['BOOTSTRAP', 'scos-master'],
    ['CONTROL_PLANE', 'scos-worker'],
    ['WORKER', 'debian'],
    ['BASTION', 'scos-worker'],
  ] as const)('does not make a %s of %s', (role, configTemplate) => {
    const { boot } = WORKERS;
    const group = okdGroup('odd', role, 0, { boot: { ...boot, configTemplate } });
    const { nodeGroups } = anOkdCluster();

    expect(okd.faults(anOkdCluster({ nodeGroups: [...nodeGroups, group] }))).toEqual([
      expect.objectContaining({ pointer: '/nodeGroups/2/boot/configTemplate' }),
    ]);
  });

  test('needs all three services of the load balancer', () => {
    const [balancer, pxe] = anOkdCluster().services;
    if (balancer?.type !== 'LOAD_BALANCER' || pxe === undefined) throw new Error('no balancer');
    const configuration = { ...balancer.configuration, services: ['api' as const] };

    expect(okd.faults(anOkdCluster({ services: [{ ...balancer, configuration }, pxe] }))).toEqual([
      {
        pointer: '/services/0/configuration/services',
        detail: 'OKD needs machine-config, ingress there, too',
      },
    ]);
  });
});
