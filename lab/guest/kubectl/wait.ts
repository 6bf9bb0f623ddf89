/** `kubectl wait` and `kubectl rollout status`: look again until it is so. */
import { failWith, succeed, type Outcome } from '../shell/guest-command.js';
import { messageOf } from './api-client.js';
import type { KubectlCall } from './command.js';
import { findResource, objectPath } from './resources.js';
import type { KubeItem } from './print.js';

const LOOK_EVERY_MS = 1_000;

interface Workload extends KubeItem {
  readonly metadata: KubeItem['metadata'] & { readonly generation?: number };
  readonly status?: KubeItem['status'] & {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
  };
}

export function rolloutStatus(words: readonly string[], request: KubectlCall): Promise<Outcome> {
  return untilTrue(words, request, ({ metadata, status }) => {
    const wanted = status?.desiredNumberScheduled ?? 0;
    const isSeen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 1);
    const isDone =
      isSeen && (status?.updatedNumberScheduled ?? 0) >= wanted && (status?.numberAvailable ?? 0) >= wanted;
    return isDone ? `daemon set "${metadata.name}" successfully rolled out` : undefined;
  });
}

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
  say: (object: Workload) => string | undefined,
): Promise<Outcome> {
  const [kind = '', name = ''] = words.flatMap((word) => word.split('/'));
  const path = objectPath(await findResource(client, kind), namespace, name);
  const looks = Number(/^(\d+)s$/.exec(options.value('timeout') ?? '30s')?.[1] ?? 30);
  for (let look = 0; look <= looks; look += 1) {
    const { status, text } = await client.send({ path });
    if (status >= 400) return failWith(1, `Error from server: ${messageOf(text)}`);
    const said = say(JSON.parse(text) as Workload);
    if (said !== undefined) return succeed(`${said}\n`);
    await call.system.pause(LOOK_EVERY_MS, call.signal);
  }
  return failWith(1, 'error: timed out waiting for the condition');
}
