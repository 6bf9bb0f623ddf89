/** Which StorageClass claims get that name none. */
import { PatchStrategy, setHeaderOptions, StorageV1Api, type KubeConfig } from '@kubernetes/client-node';
import { fail } from '../../../../domain/errors.js';
import { kubernetesError } from '../../client.js';

const IS_DEFAULT = 'storageclass.kubernetes.io/is-default-class';

/** Annotations of a class. */
export function defaultMark(isDefault: boolean): Record<string, string> {
  return { [IS_DEFAULT]: String(isDefault) };
}

/**
 * Takes the mark from all others, such as the one that K3s brings: of two, nobody can tell which one is meant.
 * @throws `STEP_NOT_VERIFIED`, `KUBERNETES_UNREACHABLE`, `KUBERNETES_REJECTED`
 */
export async function makeOnlyDefault(config: KubeConfig, name: string): Promise<void> {
  const others = (await defaultClasses(config)).filter((other) => other !== name);
  for (const other of others) await unmark(config, other);
  const left = await defaultClasses(config);
  if (left.length === 1 && left[0] === name) return;
  throw fail('STEP_NOT_VERIFIED', `the default StorageClasses are ${left.join(', ') || 'none'}, not ${name}`);
}

async function defaultClasses(config: KubeConfig): Promise<string[]> {
  try {
    const { items } = await config.makeApiClient(StorageV1Api).listStorageClass();
    return items
      .filter(({ metadata }) => metadata?.annotations?.[IS_DEFAULT] === 'true')
      .map(({ metadata }) => metadata?.name ?? '');
  } catch (error) {
    throw kubernetesError(error);
  }
}

async function unmark(config: KubeConfig, name: string): Promise<void> {
  const body = { metadata: { annotations: defaultMark(false) } };
  const asMerge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
  try {
    await config.makeApiClient(StorageV1Api).patchStorageClass({ name, body }, asMerge);
  } catch (error) {
    throw kubernetesError(error);
  }
}
