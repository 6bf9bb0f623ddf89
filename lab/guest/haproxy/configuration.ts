/** What HAProxy's configuration says, as far as balancing Kubernetes needs it. Times are in milliseconds. */

export interface HaproxyConfiguration {
  readonly user: string | null;
  readonly group: string | null;
  readonly chroot: string | null;
  readonly maxConnections: number;
  /** Told by `show info`. */
  readonly description: string | null;
  readonly sockets: readonly StatsSocket[];
  readonly proxies: readonly Proxy[];
}

export interface StatsSocket {
  readonly line: number;
  readonly path: string;
  readonly mode: number;
  readonly user: string | null;
  readonly group: string | null;
  readonly level: 'user' | 'operator' | 'admin';
}

export type ProxyKind = 'frontend' | 'backend' | 'listen';

export interface Proxy {
  readonly kind: ProxyKind;
  readonly name: string;
  readonly line: number;
  readonly mode: 'tcp' | 'http';
  readonly binds: readonly Bind[];
  readonly defaultBackend: string | null;
  readonly balance: string;
  readonly servers: readonly Server[];
  readonly check: HealthCheck;
  readonly timeouts: Readonly<Partial<Record<TimeoutName, number>>>;
  readonly retries: number;
  /** The last attempt goes to another server. */
  readonly redispatches: boolean;
}

export const TIMEOUTS = [
  ...([
    'client',
    'server',
    'connect',
    'check',
    'queue',
    'http-keep-alive',
    'http-request',
    'tunnel',
  ] as const),
  ...(['tarpit', 'client-fin', 'server-fin'] as const),
] as const;
export type TimeoutName = (typeof TIMEOUTS)[number];

export interface Bind {
  readonly line: number;
  /** As it is written. */
  readonly text: string;
  /** `*`, `0.0.0.0`, `::` or an address of the machine. */
  readonly address: string;
  readonly port: number;
  /** The only interface that is listened on; `null`: all. */
  readonly device: string | null;
  /** May be an address that the machine does not have. */
  readonly isTransparent: boolean;
}

export interface Server {
  readonly line: number;
  readonly name: string;
  /** A name or an address. */
  readonly host: string;
  /** 0: the one that the client came in by. */
  readonly port: number;
  readonly settings: ServerSettings;
}

export interface ServerSettings {
  readonly isChecked: boolean;
  readonly checkTls: boolean;
  /** Trusts any certificate. */
  readonly verifiesNone: boolean;
  readonly caFile: string | null;
  readonly checkName: string | null;
  readonly checkPort: number | null;
  readonly intervalMs: number;
  /** While it goes up or down; `null` is as always. */
  readonly fastIntervalMs: number | null;
  readonly downIntervalMs: number | null;
  readonly fall: number;
  readonly rise: number;
  readonly weight: number;
  readonly isBackup: boolean;
  readonly isDisabled: boolean;
  readonly endsSessionsWhenDown: boolean;
}

export const DEFAULT_SETTINGS: ServerSettings = {
  isChecked: false,
  checkTls: false,
  verifiesNone: false,
  caFile: null,
  checkName: null,
  checkPort: null,
  intervalMs: 2_000,
  fastIntervalMs: null,
  downIntervalMs: null,
  fall: 3,
  rise: 2,
  weight: 1,
  isBackup: false,
  isDisabled: false,
  endsSessionsWhenDown: false,
};

export type HealthCheck =
  | { readonly kind: 'tcp' }
  | {
      readonly kind: 'http';
      readonly method: string;
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly expect: Expectation;
    };

export type Expectation =
  /** 2xx and 3xx. */
  | { readonly kind: 'success' }
  | { readonly kind: 'status'; readonly pattern: string; readonly isNegated: boolean }
  | { readonly kind: 'body'; readonly pattern: string; readonly isNegated: boolean };
