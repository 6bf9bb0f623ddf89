/** What makes K3s end by itself, and how it says so. */

/** The process exits with 1 and this last line. */
export class RancherFatal extends Error {}

export type Level = 'info' | 'warning' | 'error' | 'fatal';

/** As logrus prints it. */
export function logLine(level: Level, message: string): string {
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  return `time="${time}" level=${level} msg=${JSON.stringify(message)}`;
}
