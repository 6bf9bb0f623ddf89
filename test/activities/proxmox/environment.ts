/** An activity's context, without what it logs: warnings about strangers and crashes are what the tests provoke. */
import { MockActivityEnvironment } from '@temporalio/testing';

const nothing = (): void => {};
const SILENT = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

export function anEnvironment(): MockActivityEnvironment {
  return new MockActivityEnvironment({}, { logger: SILENT });
}
