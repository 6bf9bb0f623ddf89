/** The store over one SQLite file. */
import { addressLeases } from './address-leases.js';
import { backupPolicies } from './backup-policies.js';
import { backupRecords } from './backup-records.js';
import { bootTokens } from './boot-tokens.js';
import { imageCatalogue } from './catalogue.js';
import { certificateReadings } from './certificates.js';
import { clusterRecords } from './clusters.js';
import { openDatabase } from './database.js';
import { dnsRecords } from './dns-records.js';
import { hostRecords } from './host-records.js';
import { healthRecords } from './health.js';
import { imageFiles } from './images.js';
import { machineLedger } from './machine-ledger.js';
import { operationSteps } from './operation-steps.js';
import { operationLog } from './operations.js';
import { orphanFacts } from './orphan-facts.js';
import { orphanReports } from './orphan-reports.js';
import { openPermits } from './permits.js';
import { removalRecords } from './removal-records.js';
import { KEY_BYTES } from './seal.js';
import { secretVault } from './secret-vault.js';
import type { Store } from './store.js';
import { talosRecords } from './talos-records.js';
import { validationRecords } from './validations.js';
import { fail } from '../domain/errors.js';

export interface StoreOptions {
  /** The SQLite file; it and its folder are created when they are missing. */
  readonly path: string;
  /** 32 bytes that all secrets are sealed with. */
  readonly secretsKey: Buffer;
  /** How long the VMID of a removed machine stays out of use. */
  readonly quarantineSeconds?: number;
  /** How long a released address stays out of use. */
  readonly addressQuarantineSeconds?: number;
  readonly now?: () => Date;
}

const QUARANTINE_SECONDS = 3_600;
/** Longer than neighbours, name servers and clients commonly remember whose an address is. */
const ADDRESS_QUARANTINE_SECONDS = 600;

/**
 * Opens the file and brings its schema up to date. Several processes may have it open.
 * @throws `STORE_UNAVAILABLE` when it cannot be opened, is no database, or was written by a newer version.
 * @throws `SECRET_UNREADABLE` when the key is not 32 bytes long.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const {
    path,
    secretsKey,
    quarantineSeconds = QUARANTINE_SECONDS,
    addressQuarantineSeconds = ADDRESS_QUARANTINE_SECONDS,
    now = () => new Date(),
  } = options;
  if (secretsKey.length !== KEY_BYTES) {
    throw fail('SECRET_UNREADABLE', `the key must have ${KEY_BYTES} bytes, not ${secretsKey.length}`);
  }
  const db = await openDatabase(path);
  const permits = openPermits(db, now);
  return {
    clusters: clusterRecords(db),
    operations: operationLog(db, now),
    operationSteps: operationSteps(db),
    machines: machineLedger(db, { quarantineSeconds, now }),
    addresses: addressLeases(db, { quarantineSeconds: addressQuarantineSeconds, now }),
    images: imageFiles(db, now),
    catalogue: imageCatalogue(db, now),
    secrets: secretVault(db, secretsKey, now),
    boots: bootTokens(db, secretsKey, now),
    permits,
    orphans: { ...orphanFacts(db, now), ...orphanReports(db, now) },
    dns: dnsRecords(db, now),
    talos: talosRecords(db, now),
    validations: validationRecords(db, now),
    backups: backupRecords(db, now),
    backupPolicies: backupPolicies(db, now),
    hosts: hostRecords(db, now),
    removals: removalRecords(db, now),
    health: healthRecords(db, now),
    certificates: certificateReadings(db, now),
    close: async () => {
      await permits.close();
      await db.destroy();
    },
  };
}
