/** What etcd itself makes of what we ask it: a real one, asked by the very script that the machines run. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { EtcdDriver } from '../../activities/etcd/driver.js';
import type { GatewayAccess } from '../../activities/etcd/gateway-access.js';
import { ask, moveCall, removeCall } from '../../activities/etcd/gateway-driver.js';
import { gatewayReading, READING_CALLS, saidBy } from '../../activities/etcd/gateway-reading.js';
import type { GatewayAnswer, GatewayCall } from '../../activities/etcd/gateway-script.js';
import { readStatus } from '../../activities/etcd/read.js';
import { removeMember } from '../../activities/etcd/remove-member.js';
import type { EtcdServer } from '../../activities/etcd/target.js';
import { fail } from '../../domain/errors.js';
import { leaderOf, type EtcdStatus } from '../../domain/etcd/status.js';
import { until } from './balanced-lab.js';
import { BUILD_TIMEOUT_MS, describeWithGo, goProgram, KUBERNETES, KUBERNETES_VERSION } from './go-program.js';

const execute = promisify(execFile);
const { signal } = new AbortController();
const PULSE = {
  signal,
  say: () => undefined,
  pause: (ms: number) => new Promise<void>((go) => void setTimeout(go, ms)),
};

describeWithGo([KUBERNETES], 'a real etcd', () => {
  let program: string;
  let lab: EtcdProcesses;

  beforeAll(async () => {
    program = await goProgram(KUBERNETES);
  }, BUILD_TIMEOUT_MS);

  beforeEach(async () => {
    lab = await EtcdProcesses.prepare(program, ['a', 'b', 'c']);
  });

  afterEach(() => lab.close());

  const formed = async (...nodes: string[]): Promise<void> => {
    for (const node of nodes) lab.start(node, nodes);
    await until('all are healthy', async () => {
      const status = await lab.status().catch((error: Error) => error.message);
      if (typeof status === 'string') return status;
      const ill = status.members.find(({ isHealthy }) => !isHealthy);
      return ill === undefined && status.members.length === nodes.length
        ? null
        : (ill?.problem ?? 'some are missing');
    });
  };

  test('tells its members, their health and its leader through the port for HTTP', async () => {
    await formed('a', 'b', 'c');

    const status = await lab.status();

    expect(status).toMatchObject({ hasQuorum: true, faultTolerance: 1, alarms: [] });
    expect(status.members.map(({ node }) => String(node)).toSorted()).toEqual(['a', 'b', 'c']);
    expect(leaderOf(status)).toBeDefined();
    for (const { appliedIndex, databaseBytes, revision } of status.members) {
      expect(Math.min(appliedIndex ?? 0, databaseBytes ?? 0, revision ?? 0)).toBeGreaterThan(0);
    }
  });

  test('goes from three members to one, its leader first each time, and keeps the last', async () => {
    await formed('a', 'b', 'c');
    const servers = lab.servers;
    const first = leaderOf(await lab.status())?.node ?? '';

    expect((await removeMember(lab.driver, { servers, node: first }, PULSE)).removed).toHaveLength(1);
    await lab.ended(first);
    const second = leaderOf(await lab.status())?.node ?? '';
    expect((await removeMember(lab.driver, { servers, node: second }, PULSE)).removed).toHaveLength(1);
    await lab.ended(second);

    const last = await lab.status();
    expect(last).toMatchObject({ hasQuorum: true, members: [{ isLeader: true, isHealthy: true }] });
    const { node = '' } = last.members[0] ?? {};
    await expect(removeMember(lab.driver, { servers, node: node ?? '' }, PULSE)).rejects.toMatchObject({
      code: 'ETCD_CHANGE_REFUSED',
    });
  });

  test('shows a failed member, lets it be removed, and refuses itself what would lose the quorum', async () => {
    await formed('a', 'b', 'c');
    const failed = (await lab.status()).members.find(({ isLeader }) => !isLeader);
    const { node = '' } = failed ?? {};
    await lab.stop(node ?? '');
    await until('it is seen', async () => ((await lab.status()).faultTolerance === 0 ? null : 'not yet'));
    const status = await lab.status();
    expect(status.members.find((each) => each.node === node)).toMatchObject({
      isHealthy: false,
      appliedIndex: null,
    });

    const healthy = status.members.find((each) => each.isHealthy && !each.isLeader);
    const leader = leaderOf(status)?.node ?? '';
    await until('etcd knows it, too', async () => {
      const answer = await lab.one(leader, removeCall(healthy ?? { id: '1' }));
      expect(answer.status).not.toBe(200);
      return saidBy(answer) === 'etcdserver: unhealthy cluster' ? null : saidBy(answer);
    });
    await removeMember(lab.driver, { servers: lab.servers, node: node ?? '' }, PULSE);

    expect(await lab.status()).toMatchObject({ hasQuorum: true, faultTolerance: 0 });
    expect((await lab.status()).members).toHaveLength(2);
  });

  test('says that it has no leader without a majority, and changes nothing', async () => {
    await formed('a', 'b', 'c');
    await Promise.all([lab.stop('b'), lab.stop('c')]);
    await until('it has no leader', async () => {
      const status = await lab.status().catch((error: Error) => error.message);
      return typeof status !== 'string' && !status.hasQuorum && leaderOf(status) === undefined
        ? null
        : 'it has one';
    });

    const status = await lab.status();

    expect(status.members).toHaveLength(3);
    expect(status.members.every(({ isHealthy }) => !isHealthy)).toBe(true);
    expect((await lab.one('a', removeCall(status.members[0] ?? { id: '1' }))).status).not.toBe(200);
    expect((await lab.status()).members).toHaveLength(3);
  });

  test('takes a learner that is no voter and tells no list, and counts it when it is promoted', async () => {
    await formed('a', 'b');
    // For its first seconds etcd does not count on its members, and takes no other one.
    await until('it is taken', async () => {
      const answer = await lab.one('a', lab.addCall('c'));
      return answer.status === 200 ? null : saidBy(answer);
    });
    await until('all members know it', async () => {
      const learner = (await lab.status()).members.find(({ node }) => node === 'c');
      return learner === undefined ? 'it is on no list' : null;
    });
    expect((await lab.status()).members.find(({ node }) => node === 'c')).toMatchObject({
      ...{ name: '', isLearner: true, isHealthy: false },
    });

    lab.start('c', ['a', 'b', 'c'], 'existing');
    await until('the learner answers', async () => {
      const learner = (await lab.status()).members.find(({ node }) => node === 'c');
      return learner?.isHealthy === true ? null : (learner?.problem ?? 'it is not there');
    });
    expect(await lab.status()).toMatchObject({ hasQuorum: true, faultTolerance: 0 });

    const { id = '' } = (await lab.status()).members.find(({ node }) => node === 'c') ?? {};
    await until('it is promoted', async () => {
      const answer = await lab.one('a', {
        id: 'promote',
        path: '/v3/cluster/member/promote',
        body: { ID: id },
      });
      return answer.status === 200 ? null : saidBy(answer);
    });
    await until('it votes', async () => ((await lab.status()).faultTolerance === 1 ? null : 'not yet'));
  });

  test('moves its leader only when its leader is asked', async () => {
    await formed('a', 'b', 'c');
    const status = await lab.status();
    const others = status.members.filter(({ isLeader }) => !isLeader);
    const [to, third] = others;

    expect(saidBy(await lab.one(third?.node ?? '', moveCall(to ?? { id: '1' })))).toBe(
      'etcdserver: not leader',
    );
    expect((await lab.one(leaderOf(status)?.node ?? '', moveCall(to ?? { id: '1' }))).status).toBe(200);
    await until('it leads', async () =>
      leaderOf(await lab.status())?.id === to?.id ? null : 'another one leads',
    );
  });

  describe('and who has no certificate', () => {
    test('is told so', async () => {
      await formed('a');
      const access = { ...lab.access('a'), certificate: '/nowhere/client.crt' };

      expect(await ask(lab.shell, access, READING_CALLS, signal)).toEqual({
        kind: 'silent',
        reason: 'there is no etcd: /nowhere/client.crt is missing',
      });
    });
  });
});

interface Ports {
  readonly client: number;
  readonly http: number;
  readonly peer: number;
}

/** Members of one etcd as processes of this machine, each with ports of its own on its loopback interface. */
class EtcdProcesses {
  readonly servers: readonly EtcdServer[];
  /** What a login to each machine would be: all are this one. */
  readonly shell = { run: (_command: string, { stdin = '' }: { stdin?: string }) => runLocally(stdin) };
  readonly driver: EtcdDriver;
  private readonly program: string;
  private readonly folder: string;
  private readonly ports: ReadonlyMap<string, Ports>;
  private readonly processes = new Map<string, ChildProcess>();

  private constructor(program: string, folder: string, ports: ReadonlyMap<string, Ports>) {
    this.program = program;
    this.folder = folder;
    this.ports = ports;
    this.servers = [...ports.keys()].map((node) => ({
      ...{ node, machineUuid: node, user: 'root' },
      address: this.addressOf(node),
    }));
    this.driver = {
      read: async ({ node }) => {
        const asked = await ask(this.shell, this.access(node), READING_CALLS, signal);
        return asked.kind === 'silent' ? asked : gatewayReading(asked.answers);
      },
      moveLeader: async ({ node }, to) => this.done(await this.one(node, moveCall(to))),
      removeMember: async ({ node }, member) => this.done(await this.one(node, removeCall(member))),
      retire: () => Promise.resolve(),
    };
  }

  static async prepare(program: string, nodes: readonly string[]): Promise<EtcdProcesses> {
    const folder = mkdtempSync(join(tmpdir(), 'clusterwright-etcd-'));
    // By kubeadm: the gateway shows etcd the certificate of the server, which has to be good for a client, too.
    const configuration = join(folder, 'kubeadm.yaml');
    writeFileSync(configuration, kubeadmConfiguration(folder));
    for (const name of ['etcd-ca', 'etcd-server', 'etcd-healthcheck-client']) {
      await execute(program, ['kubeadm', 'init', 'phase', 'certs', name, '--config', configuration]);
    }
    const ports = new Map<string, Ports>();
    for (const node of nodes) {
      ports.set(node, await freePorts());
    }
    return new EtcdProcesses(program, folder, ports);
  }

  access(node: string): GatewayAccess {
    const { client = 0, http = 0 } = this.ports.get(node) ?? {};
    const file = (name: string): string => join(this.folder, name);
    return {
      ports: [http, client],
      authorities: ['/nowhere/ca.crt', file('etcd/ca.crt')],
      certificate: file('etcd/healthcheck-client.crt'),
      key: file('etcd/healthcheck-client.key'),
      unit: null,
    };
  }

  status(): Promise<EtcdStatus> {
    return readStatus(this.driver, this.servers);
  }

  async one(node: string, call: GatewayCall): Promise<GatewayAnswer> {
    const asked = await ask(this.shell, this.access(node), [call], signal);
    return asked.kind === 'silent'
      ? { status: 0, body: { message: asked.reason } }
      : (asked.answers.get(call.id) ?? { status: 0, body: null });
  }

  addCall(node: string): GatewayCall {
    const body = { peerURLs: [this.peerUrl(node)], isLearner: true };
    return { id: 'add', path: '/v3/cluster/member/add', body };
  }

  start(node: string, members: readonly string[], state: 'new' | 'existing' = 'new'): void {
    const { client = 0, http = 0 } = this.ports.get(node) ?? {};
    const own = this.peerUrl(node);
    const file = (name: string): string => join(this.folder, name);
    // As K3s starts it: gRPC and HTTP have each a port of their own, and both ask for a certificate.
    const flags = {
      name: node,
      'data-dir': file(node),
      'listen-client-urls': `https://127.0.0.1:${client}`,
      'listen-client-http-urls': `https://127.0.0.1:${http}`,
      'advertise-client-urls': `https://127.0.0.1:${client}`,
      'listen-peer-urls': own,
      'initial-advertise-peer-urls': own,
      'initial-cluster': members.map((each) => `${each}=${this.peerUrl(each)}`).join(','),
      'initial-cluster-state': state,
      'cert-file': file('etcd/server.crt'),
      'key-file': file('etcd/server.key'),
      'trusted-ca-file': file('etcd/ca.crt'),
      'client-cert-auth': 'true',
    };
    const words = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    const child = spawn(this.program, ['etcd', ...words], { stdio: 'ignore' });
    this.processes.set(node, child);
  }

  async stop(node: string): Promise<void> {
    const child = this.processes.get(node);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** By itself. */
  async ended(node: string): Promise<void> {
    await until(`${node} ends`, async () => (this.processes.get(node)?.exitCode === null ? 'it runs' : null));
  }

  async close(): Promise<void> {
    await Promise.all([...this.processes.keys()].map((node) => this.stop(node)));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private peerUrl(node: string): string {
    return `http://${this.addressOf(node)}:${this.ports.get(node)?.peer ?? 0}`;
  }

  /** Each has an address of its own, as machines have. */
  private addressOf(node: string): string {
    return `127.0.0.${11 + [...this.ports.keys()].indexOf(node)}`;
  }

  private done(answer: GatewayAnswer): void {
    if (answer.status !== 200) throw fail('ETCD_REJECTED', saidBy(answer));
  }
}

function kubeadmConfiguration(folder: string): string {
  const apiVersion = 'kubeadm.k8s.io/v1beta4';
  const init = { apiVersion, kind: 'InitConfiguration', localAPIEndpoint: { advertiseAddress: '10.0.0.11' } };
  const cluster = { kubernetesVersion: KUBERNETES_VERSION, certificatesDir: folder };
  return [init, { apiVersion, kind: 'ClusterConfiguration', ...cluster }]
    .map((document) => JSON.stringify(document))
    .join('\n---\n');
}

function runLocally(script: string) {
  return new Promise<{ code: number; stdout: string; stderr: string; isTruncated: boolean }>(
    (resolve, reject) => {
      const child = spawn('sh', ['-s'], { stdio: ['pipe', 'pipe', 'pipe'] });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.on('error', reject);
      child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr, isTruncated: false }));
      child.stdin.end(script);
    },
  );
}

async function freePorts(): Promise<Ports> {
  const servers = [createServer(), createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  const [client = 0, http = 0, peer = 0] = ports;
  return { client, http, peer };
}
