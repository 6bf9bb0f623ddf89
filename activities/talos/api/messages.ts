/**
 * The messages of the Talos API that we exchange, by the field numbers of its published `machine/machine.proto` and
 * `common/common.proto`. Fields that are not named here are passed over.
 */
import protobuf from 'protobufjs';

const ROOT = protobuf.Root.fromJSON({
  nested: {
    Empty: { fields: {} },
    Metadata: { fields: { hostname: field('string', 1), error: field('string', 2) } },
    Data: { fields: { metadata: field('Metadata', 1), bytes: field('bytes', 2) } },

    VersionInfo: { fields: { tag: field('string', 1) } },
    Version: { fields: { metadata: field('Metadata', 1), version: field('VersionInfo', 2) } },
    VersionResponse: { fields: { messages: repeated('Version', 1) } },

    ApplyConfigurationRequest: { fields: { data: field('bytes', 1), mode: field('int32', 4) } },
    ApplyConfiguration: {
      fields: {
        metadata: field('Metadata', 1),
        warnings: repeated('string', 2),
        mode: field('int32', 3),
        modeDetails: field('string', 4),
      },
    },
    ApplyConfigurationResponse: { fields: { messages: repeated('ApplyConfiguration', 1) } },

    BootstrapRequest: { fields: { recoverEtcd: field('bool', 1), recoverSkipHashCheck: field('bool', 2) } },
    UpgradeRequest: {
      fields: {
        image: field('string', 1),
        preserve: field('bool', 2),
        stage: field('bool', 3),
        force: field('bool', 4),
      },
    },
    Upgrade: { fields: { metadata: field('Metadata', 1), ack: field('string', 2) } },
    UpgradeResponse: { fields: { messages: repeated('Upgrade', 1) } },

    Bootstrap: { fields: { metadata: field('Metadata', 1) } },
    BootstrapResponse: { fields: { messages: repeated('Bootstrap', 1) } },

    ServiceHealth: {
      fields: { unknown: field('bool', 1), healthy: field('bool', 2), lastMessage: field('string', 3) },
    },
    ServiceInfo: {
      fields: { id: field('string', 1), state: field('string', 2), health: field('ServiceHealth', 4) },
    },
    ServiceList: { fields: { metadata: field('Metadata', 1), services: repeated('ServiceInfo', 2) } },
    ServiceListResponse: { fields: { messages: repeated('ServiceList', 1) } },

    EtcdMemberListRequest: { fields: { queryLocal: field('bool', 1) } },
    EtcdMember: {
      fields: {
        id: field('uint64', 2),
        hostname: field('string', 3),
        peerUrls: repeated('string', 4),
        clientUrls: repeated('string', 5),
        isLearner: field('bool', 6),
      },
    },
    EtcdMembers: {
      fields: {
        metadata: field('Metadata', 1),
        legacyMembers: repeated('string', 2),
        members: repeated('EtcdMember', 3),
      },
    },
    EtcdMemberListResponse: { fields: { messages: repeated('EtcdMembers', 1) } },

    EtcdMemberStatus: {
      fields: {
        protocolVersion: field('string', 1),
        dbSize: field('int64', 2),
        leader: field('uint64', 4),
        raftAppliedIndex: field('uint64', 7),
        errors: repeated('string', 8),
        isLearner: field('bool', 9),
        memberId: field('uint64', 10),
      },
    },
    EtcdStatus: { fields: { metadata: field('Metadata', 1), memberStatus: field('EtcdMemberStatus', 2) } },
    EtcdStatusResponse: { fields: { messages: repeated('EtcdStatus', 1) } },

    EtcdMemberAlarm: { fields: { memberId: field('uint64', 1), alarm: field('int32', 2) } },
    EtcdAlarm: { fields: { metadata: field('Metadata', 1), memberAlarms: repeated('EtcdMemberAlarm', 2) } },
    EtcdAlarmListResponse: { fields: { messages: repeated('EtcdAlarm', 1) } },

    EtcdRemoveMemberByIDRequest: { fields: { memberId: field('uint64', 1) } },
    EtcdRemoveMemberByID: { fields: { metadata: field('Metadata', 1) } },
    EtcdRemoveMemberByIDResponse: { fields: { messages: repeated('EtcdRemoveMemberByID', 1) } },

    EtcdForfeitLeadership: { fields: { metadata: field('Metadata', 1), member: field('string', 2) } },
    EtcdForfeitLeadershipResponse: { fields: { messages: repeated('EtcdForfeitLeadership', 1) } },
  },
});

function field(type: string, id: number) {
  return { type, id };
}

function repeated(type: string, id: number) {
  return { rule: 'repeated', type, id };
}

/** How a message is written to and read from the wire. */
export interface Codec<T> {
  readonly encode: (message: T) => Buffer;
  /** Throws a plain error for bytes that are no such message. */
  readonly decode: (bytes: Buffer) => T;
}

function codec<T>(name: string): Codec<T> {
  const type = ROOT.lookupType(name);
  return {
    encode: (message) => Buffer.from(type.encode(type.fromObject(message as object)).finish()),
    // Numbers of 64 bits stay text: they are names, and nobody counts with them.
    decode: (bytes) =>
      type.toObject(type.decode(bytes), { longs: String, defaults: true, bytes: Buffer, arrays: true }) as T,
  };
}

export type Empty = Readonly<Record<string, never>>;

/** With a proxy between, an answer that a machine could not give is one with an error. */
export interface Metadata {
  readonly hostname: string;
  readonly error: string;
}

/** Each answer is a list, as a proxy may have asked several machines. */
export interface Answers<T> {
  readonly messages: readonly (T & { readonly metadata?: Metadata | null })[];
}

export interface ApplyConfigurationRequest {
  readonly data: Uint8Array;
  readonly mode: number;
}

/** Of `ApplyConfigurationRequest.mode`: with a reboot where one is needed. */
export const APPLY_AUTO = 1;

export interface ServiceInfo {
  readonly id: string;
  /** Such as `Preparing`, `Waiting`, `Running`, `Finished`, `Failed`. */
  readonly state: string;
  readonly health?: {
    readonly unknown: boolean;
    readonly healthy: boolean;
    readonly lastMessage: string;
  } | null;
}

export interface EtcdMember {
  readonly id: string;
  readonly hostname: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

export interface EtcdMemberStatus {
  readonly memberId: string;
  readonly protocolVersion: string;
  /** Bytes. */
  readonly dbSize: string;
  readonly raftAppliedIndex: string;
  /** `0`: there is no leader. */
  readonly leader: string;
  readonly errors: readonly string[];
  readonly isLearner: boolean;
}

export const EMPTY = codec<Empty>('Empty');
export const DATA = codec<{ readonly bytes: Buffer; readonly metadata?: Metadata | null }>('Data');
export const VERSION_RESPONSE =
  codec<Answers<{ readonly version?: { readonly tag: string } | null }>>('VersionResponse');
export const APPLY_REQUEST = codec<ApplyConfigurationRequest>('ApplyConfigurationRequest');
export const APPLY_RESPONSE = codec<
  Answers<{ readonly warnings: readonly string[]; readonly mode: number; readonly modeDetails: string }>
>('ApplyConfigurationResponse');
export interface UpgradeRequest {
  /** Of the installer, with its tag. */
  readonly image: string;
  readonly preserve: boolean;
  readonly stage: boolean;
  readonly force: boolean;
}

export const UPGRADE_REQUEST = codec<UpgradeRequest>('UpgradeRequest');
export const UPGRADE_RESPONSE = codec<Answers<{ readonly ack: string }>>('UpgradeResponse');
export const BOOTSTRAP_REQUEST = codec<{ readonly recoverEtcd: boolean }>('BootstrapRequest');
export const BOOTSTRAP_RESPONSE = codec<Answers<unknown>>('BootstrapResponse');
export const SERVICE_LIST_RESPONSE =
  codec<Answers<{ readonly services: readonly ServiceInfo[] }>>('ServiceListResponse');
export const MEMBER_LIST_REQUEST = codec<{ readonly queryLocal: boolean }>('EtcdMemberListRequest');
export const MEMBER_LIST_RESPONSE =
  codec<Answers<{ readonly members: readonly EtcdMember[] }>>('EtcdMemberListResponse');
export const ETCD_STATUS_RESPONSE =
  codec<Answers<{ readonly memberStatus?: EtcdMemberStatus | null }>>('EtcdStatusResponse');
export interface EtcdMemberAlarm {
  readonly memberId: string;
  /** 1 for NOSPACE, 2 for CORRUPT. */
  readonly alarm: number;
}

export const ALARM_LIST_RESPONSE =
  codec<Answers<{ readonly memberAlarms: readonly EtcdMemberAlarm[] }>>('EtcdAlarmListResponse');
export const REMOVE_MEMBER_REQUEST = codec<{ readonly memberId: string }>('EtcdRemoveMemberByIDRequest');
export const REMOVE_MEMBER_RESPONSE = codec<Answers<unknown>>('EtcdRemoveMemberByIDResponse');
export const FORFEIT_RESPONSE = codec<Answers<{ readonly member: string }>>('EtcdForfeitLeadershipResponse');
