/** Day-two operations on a cluster whose machines are fake. */
import { randomUUID } from 'node:crypto';
import { operateUpdate, type ClusterState, type DayTwoOperation } from '../../workflows/messages.js';
import type { ClusterDriver, ClusterHandle } from './cluster-driver.js';

export async function operate(handle: ClusterHandle, operation: DayTwoOperation): Promise<string> {
  const operationId = randomUUID();
  await handle.executeUpdate(operateUpdate, { updateId: operationId, args: [{ operationId, operation }] });
  return operationId;
}

export const endOf = (driver: ClusterDriver, handle: ClusterHandle, id: string): Promise<ClusterState> =>
  driver.stateWhen(handle, ({ operation }) => operation?.id === id && operation.status !== 'running');

export const RENEW: DayTwoOperation = { kind: 'renew-certificates', request: { reason: 'requested' } };
