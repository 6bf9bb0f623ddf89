/** The SDK's log lines in ours. */
import { DefaultLogger, type LogLevel } from '@temporalio/worker';
import type { Logger, Level } from 'pino';

const LEVELS: Readonly<Record<LogLevel, Level>> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

export function temporalLogger(log: Logger): DefaultLogger {
  // The SDK's own DEBUG lines are many and say little about the work.
  return new DefaultLogger('INFO', ({ level, message, meta }) => log[LEVELS[level]]({ ...meta }, message));
}
