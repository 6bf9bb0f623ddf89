/** `kubectl wait`: looks again until it is so. */
import { failWith, succeed, type Outcome } from '../shell/guest-command.js';
import { messageOf } from './api-client.js';
import type { KubectlCall } from './command.js';
import { findResource, objectPath, selection } from './resources.js';
import type { KubeItem } from './print.js';

const LOOK_EVERY_MS = 1_000;

export function waitFor(words: readonly string[], request: KubectlCall): Promise<Outcome> {
  const [, type] = /^condition=(\w+)$/.exec(request.options.value('for') ?? '') ?? [];
  if (type === undefined) return Promise.resolve(failWith(1, 'error: unrecognized condition'));
  return untilTrue(words, request, ({ metadata, status }) => {
    const isMet = status?.conditions?.some((each) => each.type === type && each.status === 'True');
    return isMet === true ? `${metadata.name} condition met` : undefined;
  });
}

async function untilTrue(
  words: readonly string[],
  { client, namespace, options, call }: KubectlCall,
  say: (object: KubeItem) => string | undefined,
): Promise<Outcome> {
  const [kind = '', name = ''] = words.flatMap((word) => word.split('/'));
  const query = selection(options);
  const path = objectPath(await findResource(client, kind), namespace, name) + query;
  const looks = Number(/^(\d+)s$/.exec(options.value('timeout') ?? '30s')?.[1] ?? 30);
  for (let look = 0; look <= looks; look += 1) {
    const { status, text } = await client.send({ path });
    if (status >= 400) return failWith(1, `Error from server: ${messageOf(text)}`);
    const body = JSON.parse(text) as KubeItem & { readonly items?: readonly KubeItem[] };
    const objects = body.items ?? [body];
    if (objects.length === 0) return failWith(1, 'error: no matching resources found');
    const said = objects.flatMap((object) => say(object) ?? []);
    if (said.length === objects.length) return succeed(said.map((line) => `${line}\n`).join(''));
    await call.system.pause(LOOK_EVERY_MS, call.signal);
  }
  return failWith(1, 'error: timed out waiting for the condition');
}
