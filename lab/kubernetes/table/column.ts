/** Columns of the tables that the API makes for people. */
import type { Cluster } from '../cluster.js';
import { valueAt } from '../model/json.js';
import type { KubeObject } from '../model/kube-object.js';

export type Cell = string | number | boolean | null;

export interface Column {
  readonly name: string;
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  /** Above 0: shown by `-o wide` only. */
  readonly priority?: number;
  readonly cell: (object: KubeObject, cluster: Cluster) => Cell;
}

export const NAME: Column = { name: 'Name', format: 'name', cell: ({ metadata }) => metadata.name };
export const AGE: Column = { name: 'Age', cell: ({ metadata }) => age(metadata.creationTimestamp) };

/** A column with the value at a path such as `spec.clusterIP`. */
export function field(name: string, path: string, otherwise: Cell = '<none>'): Column {
  const steps = path.split('.');
  return {
    name,
    cell: (object) => {
      const value = valueAt(object, steps);
      return typeof value === 'string' || typeof value === 'number' ? value : otherwise;
    },
  };
}

export function integer(name: string, path: string): Column {
  return { ...field(name, path, 0), type: 'integer' };
}

export function column<T extends KubeObject>(
  name: string,
  cell: (object: T, cluster: Cluster) => Cell,
): Column {
  return { name, cell: (object, cluster) => cell(object as T, cluster) };
}

export function wide(shown: Column): Column {
  return { ...shown, priority: 1 };
}

/** Items joined with commas; lists with nothing in them are said to be so. */
export function joined(items: readonly string[]): string {
  return items.length === 0 ? '<none>' : items.join(',');
}

export function keysAndValues(object: Readonly<Record<string, string>> | undefined): string {
  return joined(Object.entries(object ?? {}).map(([key, value]) => `${key}=${value}`));
}

/** How long ago, in the two units that matter most: `45s`, `3m12s`, `5h`, `2d4h`. */
export function age(since: string | undefined): string {
  if (since === undefined) return '<unknown>';
  return duration(Date.now() - Date.parse(since));
}

export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const pair = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
    small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`;
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (hours < 3) return `${minutes}m`;
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (days < 8) return pair(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  return pair(Math.floor(days / 365), 'y', days % 365, 'd');
}
