/** The kubelet of a master or worker: it asks who it may be, joins, and runs what its pool says. */
import { once } from 'node:events';
import { createRequest } from '../../kubernetes/pki/certificates.js';
import { putFile, readText, isThere } from '../disk/root-files.js';
import { openGateway } from '../etcd/gateway.js';
import { registryObjects } from '../etcd/registry-keys.js';
import { snapshotFile } from '../etcd/snapshot-file.js';
import { httpOver } from '../http-request.js';
import { failWith, type CommandCall, type GuestCommand } from '../shell/guest-command.js';
import { BOOTSTRAPPER, type OkdCluster } from './cluster.js';
import { kubeletVersion } from './clusters.js';
import { API_PORT, MACHINE_CONFIG_PORT, NODE_FILE, type NodeFile } from './installation.js';
import { machineConfigServer } from './machine-config-server.js';

const PKI = '/var/lib/kubelet/pki';
const CLIENT = `${PKI}/kubelet-client-current.pem`;
const SERVING = `${PKI}/kubelet-server-current.pem`;
const ETCD_CERTIFICATES = '/etc/kubernetes/static-pod-resources/etcd-certs';
const RETRY_MS = 5_000;
const HTTP_PORTS = [80, 443];

export const simulatedOkdKubelet: GuestCommand = {
  name: 'simulated-okd-kubelet',
  run: async (_args, call) => {
    const { system, service, signal } = call;
    const text = readText(system.disk, NODE_FILE);
    const name = (readText(system.disk, '/etc/hostname') ?? '').trim();
    const address = system.interfaces.mainAddress();
    if (text === undefined) return failWith(1, `open ${NODE_FILE}: no such file or directory`);
    if (name === '' || name === 'localhost' || address === undefined)
      return failWith(1, 'the machine has no name or no address of its own');
    const node = JSON.parse(text) as NodeFile;
    const closers: (() => void)[] = [];
    service?.ready();
    try {
      // etcd and the API of a master that has joined before come up with it: nobody else may be there.
      const before = await system.okd.find(node.clusterId);
      const isMember = before?.isMember(name, system.machine.diskId) === true;
      if (isMember && before !== undefined) closers.push(await runMaster(call, before, name));
      const cluster = await untilThere(call, node);
      await certificate(call, cluster, CLIENT, () => clientRequest(cluster, node, name));
      const { plane } = cluster;
      plane.registerNode({ ...registration(cluster, node, call), name, internalIp: address });
      cluster.silence.end(name);
      closers.push(() => cluster.silence.begin(name));
      if (node.pool === 'worker') closers.push(...runRouter(call));
      else if (!isMember) closers.push(await runMaster(call, cluster, name));
      await system.latency.wait('guest.node-ready', system.machine.name, signal);
      plane.setNodeReady(name, true);
      await certificate(call, cluster, SERVING, () => servingRequest(cluster, name, address));
      cluster.nodeServes(name, node.pool);
      if (node.pool === 'master' && cluster.installation.mastersSchedulable) closers.push(...runRouter(call));
      if (!signal.aborted) await once(signal, 'abort');
    } catch (error) {
      if (!signal.aborted) return failWith(1, (error as Error).message);
    } finally {
      for (const close of closers.toReversed()) close();
    }
    return { code: 0 };
  },
};

/** Through whatever stands in front of the API, by its name, and with its certificate looked at. */
async function untilThere({ system, service, signal }: CommandCall, node: NodeFile): Promise<OkdCluster> {
  const url = new URL(`https://${node.apiInt}:${API_PORT}/readyz`);
  for (;;) {
    const dialled = system.dial(url.hostname, API_PORT);
    let reason: string = dialled.kind;
    if (dialled.kind === 'connected') {
      try {
        const tls = { isInsecure: false, ca: node.authority };
        const { stream } = dialled;
        const { status } = await httpOver({ stream, url, method: 'GET', headers: {}, signal, tls });
        const cluster = status === 200 ? await system.okd.find(node.clusterId) : undefined;
        if (cluster !== undefined) return cluster;
        reason = `status ${status}`;
      } catch (error) {
        signal.throwIfAborted();
        reason = (error as Error).message;
      }
    }
    service?.log(`E kubelet.go: cannot reach ${url.href}: ${reason}`);
    await system.pause(RETRY_MS, signal);
  }
}

/** What is on the disk is good; otherwise one is asked for, and waited for until somebody approves it. */
async function certificate(
  { system, service, signal }: CommandCall,
  cluster: OkdCluster,
  path: string,
  ask: () => Promise<string>,
): Promise<void> {
  if (isThere(system.disk, path)) return;
  let request = await ask();
  for (;;) {
    const pem = cluster.certificateOf(request);
    if (typeof pem === 'string') {
      putFile(system.disk, path, pem, { mode: 0o600 });
      return;
    }
    if (pem === null) request = await ask();
    service?.log(`Waiting for the certificate signing request ${request} to be approved`);
    await system.pause(RETRY_MS, signal);
  }
}

/** @throws Error when what the machine was given to ask with has ended. */
async function clientRequest(cluster: OkdCluster, node: NodeFile, name: string): Promise<string> {
  if (Date.now() > node.credentialEndsAt)
    throw new Error('x509: certificate has expired or is not yet valid');
  return cluster.requestCertificate({
    signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
    usage: 'client auth',
    username: BOOTSTRAPPER,
    groups: ['system:serviceaccounts', 'system:serviceaccounts:openshift-machine-config-operator'],
    pem: await createRequest({ commonName: `system:node:${name}`, organizations: ['system:nodes'] }),
  });
}

async function servingRequest(cluster: OkdCluster, name: string, address: string): Promise<string> {
  const subject = { commonName: `system:node:${name}`, organizations: ['system:nodes'] };
  return cluster.requestCertificate({
    signerName: 'kubernetes.io/kubelet-serving',
    usage: 'server auth',
    username: `system:node:${name}`,
    groups: ['system:nodes'],
    pem: await createRequest(subject, [name, address]),
  });
}

function registration({ installation }: OkdCluster, { pool }: NodeFile, { system }: CommandCall) {
  const { cores, memoryMiB } = system.machine;
  const isMaster = pool === 'master';
  const takesWork = !isMaster || installation.mastersSchedulable;
  const roles = [...(isMaster ? ['master', 'control-plane'] : []), ...(takesWork ? ['worker'] : [])];
  return {
    version: kubeletVersion(installation),
    labels: Object.fromEntries(roles.map((role) => [`node-role.kubernetes.io/${role}`, ''])),
    taints: takesWork ? [] : [{ key: 'node-role.kubernetes.io/master', value: '', effect: 'NoSchedule' }],
    roles: [],
    cores,
    memoryMiB,
  };
}

/** etcd, the API and the machine-config server. */
async function runMaster({ system }: CommandCall, cluster: OkdCluster, name: string): Promise<() => void> {
  const gateway = await openGateway(system, {
    etcd: cluster.etcd,
    snapshot: () => snapshotFile(cluster.plane.snapshot()),
    keys: () => [...registryObjects(cluster.plane.snapshot().content).keys()],
    node: name,
    authority: cluster.installation.authority,
    files: {
      authority: `${ETCD_CERTIFICATES}/configmaps/etcd-all-bundles/server-ca-bundle.crt`,
      certificate: `${ETCD_CERTIFICATES}/secrets/etcd-all-certs/etcd-peer-${name}.crt`,
      key: `${ETCD_CERTIFICATES}/secrets/etcd-all-certs/etcd-peer-${name}.key`,
    },
  });
  const pods = [
    gateway,
    cluster.memberUp(name, system.machine.diskId),
    system.listen(API_PORT, cluster.plane.serve(cluster.apiNames())),
    system.listen(MACHINE_CONFIG_PORT, machineConfigServer(cluster, ['master', 'worker'])),
  ];
  const end = (): void => {
    for (const close of pods.splice(0).toReversed()) close();
  };
  // etcd ends with its member, and the API server cannot do without.
  const forget = cluster.etcd.onRemoved(name, end);
  return () => {
    forget();
    end();
  };
}

function runRouter({ system }: CommandCall): (() => void)[] {
  return HTTP_PORTS.map((port) => system.listen(port, (socket) => void socket.end()));
}
