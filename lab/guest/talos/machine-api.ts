/** The API of a machine that runs with its configuration: apid, for administrators of the cluster. */
import { status } from '@grpc/grpc-js';
import type { Metadata } from '../../../activities/talos/api/messages.js';
import { METHODS } from '../../../activities/talos/api/methods.js';
import type { LabEtcd } from '../etcd/lab-etcd.js';
import { EtcdRefusal } from '../etcd/refusal.js';
import { snapshotFile } from '../etcd/snapshot-file.js';
import type { TalosCluster } from './cluster.js';
import { answering, GrpcRefusal, type Answer, type Caller } from './grpc-endpoint.js';
import type { TalosRelease } from './image.js';
import { kubeconfigArchive } from './kubeconfig-archive.js';
import { acceptedUpgrade } from './upgrade.js';

/** What of the machine the API shows and changes. */
export interface ApiMachine {
  readonly name: string;
  readonly version: string;
  readonly isControlPlane: boolean;
  readonly endpoint: string;
  /** The cluster whose etcd runs here; `null`: none does. */
  etcd(): TalosCluster | null;
  hasEtcdData(): boolean;
  services(): readonly { readonly id: string; readonly state: string }[];
  readonly release: TalosRelease;
  /** Installs the release and restarts, in the background. */
  upgrade(release: TalosRelease): void;
  /** Begins a cluster, in the background. */
  bootstrap(): void;
}

const ADMINISTRATOR = 'os:admin';
const METADATA: Metadata = { hostname: '', error: '' };

export function machineApi(machine: ApiMachine): Answer<unknown, unknown>[] {
  const ofEtcd = (): TalosCluster => {
    const cluster = machine.etcd();
    if (!machine.isControlPlane)
      throw new GrpcRefusal(status.UNIMPLEMENTED, 'etcd is only available on control plane nodes');
    if (cluster === null)
      throw new GrpcRefusal(status.UNAVAILABLE, 'error dialing etcd: connect: connection refused');
    return cluster;
  };
  const asked = <T>(ask: (etcd: LabEtcd) => T): T => {
    const { api } = ofEtcd().etcd;
    try {
      return ask(api);
    } catch (error) {
      if (error instanceof EtcdRefusal) throw new GrpcRefusal(error.code, error.message);
      throw error;
    }
  };
  return [
    answering({
      method: METHODS.version,
      answer: () => ({ messages: [{ metadata: METADATA, version: { tag: machine.version } }] }),
    }),
    answering({
      method: METHODS.serviceList,
      answer: () => ({
        messages: [
          {
            metadata: METADATA,
            services: machine.services().map((service) => ({
              ...service,
              health: { unknown: false, healthy: service.state === 'Running', lastMessage: '' },
            })),
          },
        ],
      }),
    }),
    answering({
      method: METHODS.bootstrap,
      answer: (_request, caller) => {
        mustBeAdministrator(caller);
        if (!machine.isControlPlane)
          throw new GrpcRefusal(
            status.FAILED_PRECONDITION,
            'bootstrap can only be performed on a control plane node',
          );
        if (machine.hasEtcdData())
          throw new GrpcRefusal(status.ALREADY_EXISTS, 'etcd data directory is not empty');
        machine.bootstrap();
        return { messages: [{ metadata: METADATA }] };
      },
    }),
    answering({
      method: METHODS.upgrade,
      answer: (request, caller) => {
        mustBeAdministrator(caller);
        machine.upgrade(acceptedUpgrade(request, machine));
        return { messages: [{ metadata: METADATA, ack: 'Upgrade request received' }] };
      },
    }),
    answering({
      method: METHODS.etcdMemberList,
      answer: () => ({
        messages: [
          {
            metadata: METADATA,
            members: asked((etcd) => etcd.agreedMembers(machine.name)).map((member) => ({
              id: member.id,
              hostname: member.name,
              peerUrls: member.peerUrls,
              clientUrls: member.clientUrls,
              isLearner: !member.isVoter,
            })),
          },
        ],
      }),
    }),
    answering({
      method: METHODS.etcdStatus,
      answer: () => {
        const { api } = ofEtcd().etcd;
        const leader = api.leader();
        const own = api.of(machine.name);
        return {
          messages: [
            {
              metadata: METADATA,
              memberStatus: {
                memberId: own?.id ?? '0',
                protocolVersion: '3.5.17',
                dbSize: '4194304',
                leader: leader?.id ?? '0',
                raftAppliedIndex: String(api.appliedIndex()),
                errors: leader === undefined ? ['etcdserver: no leader'] : [],
                isLearner: own?.isVoter === false,
              },
            },
          ],
        };
      },
    }),
    answering({
      method: METHODS.etcdAlarmList,
      answer: () => {
        asked((etcd) => etcd.mustServe(machine.name));
        return { messages: [{ metadata: METADATA, memberAlarms: [] }] };
      },
    }),
    answering({
      method: METHODS.etcdRemoveMemberById,
      answer: ({ memberId }, caller) => {
        mustBeAdministrator(caller);
        asked((etcd) => etcd.removeMember(machine.name, memberId));
        return { messages: [{ metadata: METADATA }] };
      },
    }),
    answering({
      method: METHODS.etcdForfeitLeadership,
      answer: (_request, caller) => {
        mustBeAdministrator(caller);
        const { name: member } = asked((etcd) => etcd.forfeitLeadership(machine.name));
        return { messages: [{ metadata: METADATA, member }] };
      },
    }),
    answering({
      method: METHODS.etcdSnapshot,
      isStream: true,
      answer: (_request, caller) => {
        mustBeAdministrator(caller);
        asked((etcd) => etcd.mustServe(machine.name));
        return { metadata: METADATA, bytes: snapshotFile(ofEtcd().plane.snapshot()) };
      },
    }),
    answering({
      method: METHODS.kubeconfig,
      isStream: true,
      answer: async (_request, caller) => {
        mustBeAdministrator(caller);
        if (!machine.isControlPlane)
          throw new GrpcRefusal(status.UNIMPLEMENTED, 'kubeconfig is only available on control plane nodes');
        const kubeconfig = await ofEtcd().plane.adminKubeconfig(machine.endpoint);
        return { metadata: METADATA, bytes: kubeconfigArchive(kubeconfig) };
      },
    }),
  ];
}

function mustBeAdministrator({ roles }: Caller): void {
  if (!roles.includes(ADMINISTRATOR)) throw new GrpcRefusal(status.PERMISSION_DENIED, 'not authorized');
}
