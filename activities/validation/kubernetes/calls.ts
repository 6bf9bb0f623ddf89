/** The calls that facts are made from: each is made once, however many facts need it. */
import {
  CoreV1Api,
  VersionApi,
  type KubeConfig,
  type V1Namespace,
  type V1Node,
  type V1Pod,
} from '@kubernetes/client-node';

/** Objects in one answer: a large cluster is read in pieces, so that no answer holds the API up. */
const PAGE = 500;

export interface Page<T> {
  readonly items: T[];
  readonly metadata?: { readonly _continue?: string };
}

export class Calls {
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  private readonly made = new Map<string, Promise<unknown>>();

  constructor(config: KubeConfig) {
    this.config = config;
    this.core = config.makeApiClient(CoreV1Api);
  }

  nodes(): Promise<V1Node[]> {
    return this.once('nodes', () => all((page) => this.core.listNode(page)));
  }

  namespaces(): Promise<V1Namespace[]> {
    return this.once('namespaces', () => all((page) => this.core.listNamespace(page)));
  }

  pods(): Promise<V1Pod[]> {
    return this.once('pods', () => all((page) => this.core.listPodForAllNamespaces(page)));
  }

  async version(): Promise<string> {
    const { gitVersion } = await this.once('version', () => this.config.makeApiClient(VersionApi).getCode());
    return gitVersion;
  }

  private once<T>(name: string, call: () => Promise<T>): Promise<T> {
    const found = this.made.get(name) as Promise<T> | undefined;
    if (found !== undefined) return found;
    const made = call();
    this.made.set(name, made);
    return made;
  }
}

/** All objects of a list, page by page. */
export async function all<T>(
  list: (page: { readonly limit: number; readonly _continue?: string }) => Promise<Page<T>>,
): Promise<T[]> {
  const items: T[] = [];
  let next: string | undefined;
  do {
    const page = await list({ limit: PAGE, ...(next === undefined ? {} : { _continue: next }) });
    items.push(...page.items);
    const { _continue: following } = page.metadata ?? {};
    next = following === '' ? undefined : following;
  } while (next !== undefined);
  return items;
}
