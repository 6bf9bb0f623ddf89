/** Talking to the machines of a cluster: its authority comes from the vault, and signs a certificate for each use. */
import type { Store } from '../../store/store.js';
import { issueClientCertificate } from '../certificates/authority.js';
import { redactor } from '../ssh/redaction.js';
import { connectTalos, TALOS_PORT, type TalosConnection, type TalosTrust } from './api/connection.js';
import { secretTexts, talosSecrets, type TalosSecrets } from './secrets.js';

export interface TalosAccess {
  readonly store: Store;
  /** `socks5://host:port`, or `null` to connect directly. */
  readonly proxyUrl: string | null;
  /** 50000 unless given. */
  readonly port?: number;
  /** Between two looks at a machine: 1 s unless given. */
  readonly pollMs?: number;
  /** How long what a machine was told may take to show, before it is told again: 60 s unless given. */
  readonly settleMs?: number;
}

export interface TalosTarget {
  readonly clusterUid: string;
  readonly machineUuid: string;
  readonly address: string;
}

const ADMINISTRATOR = 'os:admin';
/** Long enough for any activity, and of no use to whoever finds it later. */
const CLIENT_LIFETIME_MS = 24 * 3_600_000;
const POLL_MS = 1_000;
const SETTLE_MS = 60_000;

/** One machine, for the length of one activity. */
export class TalosMachine {
  readonly secrets: TalosSecrets;
  readonly target: TalosTarget;
  readonly pollMs: number;
  readonly settleMs: number;
  /** Takes the cluster's secrets out of a text. */
  readonly redact: (text: string) => string;
  private readonly access: TalosAccess;
  private readonly client: TalosTrust;
  private readonly signal: AbortSignal;

  constructor(
    access: TalosAccess,
    target: TalosTarget,
    parts: { readonly secrets: TalosSecrets; readonly client: TalosTrust; readonly signal: AbortSignal },
  ) {
    this.access = access;
    this.target = target;
    this.secrets = parts.secrets;
    this.client = parts.client;
    this.signal = parts.signal;
    this.pollMs = access.pollMs ?? POLL_MS;
    this.settleMs = access.settleMs ?? SETTLE_MS;
    this.redact = redactor(secretTexts(parts.secrets));
  }

  get store(): Store {
    return this.access.store;
  }

  get endpoint(): string {
    return `${this.target.address}:${this.access.port ?? TALOS_PORT}`;
  }

  /** As an administrator of the cluster, with a machine that proves to be the one of the cluster at this address. */
  asMember<T>(use: (connection: TalosConnection) => Promise<T>): Promise<T> {
    return this.connected(this.client, use);
  }

  inMaintenance<T>(use: (connection: TalosConnection) => Promise<T>): Promise<T> {
    return this.connected({ kind: 'maintenance' }, use);
  }

  private async connected<T>(
    trust: TalosTrust,
    use: (connection: TalosConnection) => Promise<T>,
  ): Promise<T> {
    const { proxyUrl, port = TALOS_PORT } = this.access;
    const { address } = this.target;
    const connection = await connectTalos({ address, port, proxyUrl, trust, signal: this.signal });
    try {
      return await use(connection);
    } finally {
      connection.close();
    }
  }
}

/** @throws `SECRET_UNREADABLE` */
export async function talosMachine(
  access: TalosAccess,
  target: TalosTarget,
  signal: AbortSignal,
): Promise<TalosMachine> {
  const secrets = await talosSecrets(access.store.secrets, target.clusterUid);
  const { machine } = secrets.authorities;
  const certificate = { organization: ADMINISTRATOR, lifetimeMs: CLIENT_LIFETIME_MS };
  const client: TalosTrust = {
    kind: 'cluster',
    authority: machine.certificate,
    client: await issueClientCertificate(machine, 'Ed25519', certificate),
  };
  return new TalosMachine(access, target, { secrets, client, signal });
}
