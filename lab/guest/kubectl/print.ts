/** What `kubectl get` prints. */
import { UsageError } from '../shell/guest-command.js';
import type { Resource } from './resources.js';

export interface KubeItem {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly nodeInfo?: { readonly kubeletVersion?: string };
  };
}

/** @param output `name`; otherwise a table. @throws UsageError for a format that is not known. */
export function printObjects(
  resource: Resource,
  items: readonly KubeItem[],
  output: string | undefined,
): string {
  if (output === 'name')
    return items.map(({ metadata }) => `${resource.singular}/${metadata.name}\n`).join('');
  if (output !== undefined)
    throw new UsageError(`unable to match a printer suitable for the output format "${output}"`);
  const rows = resource.plural === 'nodes' ? nodeRows(items) : items.map(({ metadata }) => [metadata.name]);
  const header = resource.plural === 'nodes' ? ['NAME', 'STATUS', 'ROLES', 'VERSION'] : ['NAME'];
  return items.length === 0 ? '' : table([header, ...rows]);
}

function nodeRows(items: readonly KubeItem[]): string[][] {
  return items.map(({ metadata, status }) => {
    const isReady = status?.conditions?.some(
      ({ type, status: value }) => type === 'Ready' && value === 'True',
    );
    const roles = Object.keys(metadata.labels ?? {}).flatMap(
      (key) => /^node-role\.kubernetes\.io\/(.+)$/.exec(key)?.[1] ?? [],
    );
    return [
      metadata.name,
      isReady === true ? 'Ready' : 'NotReady',
      roles.sort().join(',') || '<none>',
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
