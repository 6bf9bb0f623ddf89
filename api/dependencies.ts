/** What the routes work with; built from configuration by the process entry. */
import type { Logger } from 'pino';
import type { NetworkDefaults } from '../schema/cluster-definition.js';
import type { Store } from '../store/store.js';
import type { Authentication } from './authentication.js';
import type { Orchestrator } from './orchestrator.js';

export interface ApiDependencies {
  readonly store: Store;
  readonly orchestrator: Orchestrator;
  readonly networkDefaults: NetworkDefaults;
  readonly authentication: Authentication;
  /** `socks5://host:port` through which machines are reached, if any. */
  readonly machineProxyUrl: string | null;
  /** How often new clusters are looked at; 0: they are not, until a policy says so. */
  readonly healthIntervalSeconds: number;
  readonly log: Logger;
}
