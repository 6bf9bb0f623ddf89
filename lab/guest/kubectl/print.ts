/** What `kubectl get` prints. */
import { UsageError } from '../shell/guest-command.js';
import type { Resource } from './resources.js';

export interface KubeItem {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly creationTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly nodeInfo?: { readonly kubeletVersion?: string };
  };
}

export interface PrintOptions {
  /** `name`; otherwise a table. */
  readonly output: string | undefined;
  readonly hasHeader: boolean;
}

/** @throws UsageError for a format that is not known. */
export function printObjects(
  resource: Resource,
  items: readonly KubeItem[],
  { output, hasHeader }: PrintOptions,
): string {
  if (output === 'name')
    return items.map(({ metadata }) => `${resource.singular}/${metadata.name}\n`).join('');
  if (output !== undefined)
    throw new UsageError(`unable to match a printer suitable for the output format "${output}"`);
  if (items.length === 0) return '';
  const areNodes = resource.plural === 'nodes';
  const header = areNodes ? ['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION'] : ['NAME'];
  const rows = areNodes ? nodeRows(items) : items.map(({ metadata }) => [metadata.name]);
  return table(hasHeader ? [header, ...rows] : rows);
}

function nodeRows(items: readonly KubeItem[]): string[][] {
  return items.map(({ metadata, status }) => {
    const isReady = status?.conditions?.some(
      ({ type, status: value }) => type === 'Ready' && value === 'True',
    );
    const roles = Object.keys(metadata.labels ?? {}).flatMap(
      (key) => /^node-role\.kubernetes\.io\/(.+)$/.exec(key)?.[1] ?? [],
    );
    const ageMs = Date.now() - Date.parse(metadata.creationTimestamp ?? '');
    return [
      metadata.name,
      isReady === true ? 'Ready' : 'NotReady',
      roles.sort().join(',') || '<none>',
      Number.isNaN(ageMs) ? '<unknown>' : `${Math.max(0, Math.round(ageMs / 1_000))}s`,
      status?.nodeInfo?.kubeletVersion ?? '',
    ];
  });
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd((widths[column] ?? 0) + 3))
          .join('')
          .trimEnd()}\n`,
    )
    .join('');
}
