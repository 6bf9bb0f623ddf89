/** Asks all control-plane machines at once. */
import { ClusterwrightError, fail, type ErrorCode } from '../../domain/errors.js';
import { combineReadings, type EtcdReading, type MachineReading } from '../../domain/etcd/reading.js';
import type { EtcdStatus } from '../../domain/etcd/status.js';
import type { EtcdDriver } from './driver.js';
import type { EtcdServer } from './target.js';

/** Faults of ours, of which no machine can tell us more. */
const OURS: ReadonlySet<ErrorCode> = new Set(['SECRET_UNREADABLE', 'STORE_UNAVAILABLE', 'INTERNAL']);

/**
 * A machine that does not answer makes its member unhealthy, whatever the reason is.
 * @throws `ETCD_UNREACHABLE` when nobody knows the members.
 */
export async function readStatus(driver: EtcdDriver, servers: readonly EtcdServer[]): Promise<EtcdStatus> {
  const readings = await Promise.all(
    servers.map(async (machine): Promise<MachineReading> => ({
      machine,
      reading: await read(driver, machine),
    })),
  );
  const status = combineReadings(readings);
  if (status !== undefined) return status;
  const reasons = readings.map(({ machine, reading }) => {
    const reason = reading.kind === 'silent' ? reading.reason : 'it does not list the members';
    return `${machine.node}: ${reason}`;
  });
  throw fail('ETCD_UNREACHABLE', reasons.join('; '));
}

async function read(driver: EtcdDriver, server: EtcdServer): Promise<EtcdReading> {
  try {
    return await driver.read(server);
  } catch (error) {
    if (!(error instanceof ClusterwrightError) || OURS.has(error.code)) throw error;
    return { kind: 'silent', reason: error.message };
  }
}
