/** Lists the files that machines can be made from or boot from. */
import { Context } from '@temporalio/activity';
import type { ImageContent } from '../../../domain/image-source.js';
import type { ImageFacts, StorageFacts } from '../../../domain/inventory.js';
import type { ProxmoxClient } from '../client.js';
import { machineOfSeed } from '../seed-volume.js';

const CONTENTS: readonly ImageContent[] = ['import', 'iso'];

/** One entry for each host that sees a file; the files of a shared storage are asked for once. */
export async function observeImages(
  client: ProxmoxClient,
  storages: readonly StorageFacts[],
): Promise<ImageFacts[]> {
  const lists = new Map<string, Promise<ImageFacts[]>>();
  const seen = await Promise.all(
    storages.flatMap((storage) =>
      CONTENTS.filter((content) => storage.content.includes(content)).map(async (content) => {
        const key = `${storage.shared ? '' : storage.host}/${storage.name}/${content}`;
        const listed = lists.get(key) ?? list(client, storage, content);
        lists.set(key, listed);
        return (await listed).map((image) => ({ ...image, host: storage.host }));
      }),
    ),
  );
  return seen.flat().toSorted((a, b) => compare(a.host, b.host) || compare(a.volume, b.volume));
}

async function list(
  client: ProxmoxClient,
  { host, name: storage }: StorageFacts,
  content: ImageContent,
): Promise<ImageFacts[]> {
  const files = await client.volumes({ host, storage, content }, Context.current().cancellationSignal);
  return (
    files
      // The media of machines' first boots are nobody else's business.
      .filter(({ volid }) => machineOfSeed(volid) === undefined)
      .map(({ volid: volume, size: sizeBytes }) => ({ volume, host, storage, content, sizeBytes }))
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
