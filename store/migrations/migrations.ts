/** All migrations by name; they run in the order of their names, and none is ever changed once released. */
import type { Migration } from 'kysely';
import { initial } from './0001-initial.js';
import { machineVolumes } from './0002-machine-volumes.js';
import { permits } from './0003-permits.js';
import { images } from './0004-images.js';
import { bootTokens } from './0005-boot-tokens.js';
import { addresses } from './0006-addresses.js';
import { orphans } from './0007-orphans.js';
import { machineMemory } from './0008-machine-memory.js';
import { dnsRecords } from './0009-dns-records.js';
import { talosMachines } from './0010-talos-machines.js';
import { permitRanks } from './0011-permit-ranks.js';
import { validations } from './0012-validations.js';
import { backups } from './0013-backups.js';
import { operationSteps } from './0014-operation-steps.js';
import { hostsAndRemovals } from './0019-hosts-and-removals.js';
import { backupDrills } from './0020-backup-drills.js';
import { health } from './0017-health.js';
import { certificates } from './0018-certificates.js';

export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-initial': initial,
  '0002-machine-volumes': machineVolumes,
  '0003-permits': permits,
  '0004-images': images,
  '0005-boot-tokens': bootTokens,
  '0006-addresses': addresses,
  '0007-orphans': orphans,
  '0008-machine-memory': machineMemory,
  '0009-dns-records': dnsRecords,
  '0010-talos-machines': talosMachines,
  '0011-permit-ranks': permitRanks,
  '0012-validations': validations,
  '0013-backups': backups,
  '0014-operation-steps': operationSteps,
  '0019-hosts-and-removals': hostsAndRemovals,
  '0017-health': health,
  '0018-certificates': certificates,
  '0020-backup-drills': backupDrills,
};
