/** Cross-field rules: what no field can say about itself. */
import type { NodeGroup, ServiceType, TypedService } from '../../domain/cluster-definition.js';
import type { Fault } from '../../domain/errors.js';
import type { ServiceMachines } from '../../domain/services/configuration.js';
import type { DefinitionDraft } from '../definition/resolve.js';
import type { Known } from '../known.js';
import { type PathSegment, pointerTo } from '../pointer.js';

/** Judges what is known of a definition, defaults filled in; what is unknown has a fault of its own already. */
export type Rule = (draft: DefinitionDraft) => Fault[];

export function faultAt(path: readonly PathSegment[], detail: string): Fault {
  return { pointer: pointerTo(path), detail };
}

/** The groups that are known at all, with their place in the definition. */
export function knownGroups(
  draft: DefinitionDraft,
): { group: NonNullable<Known<NodeGroup>>; index: number }[] {
  return (draft.nodeGroups ?? []).flatMap((group, index) => (group === undefined ? [] : [{ group, index }]));
}

/** A service of the type, as far as it is known. */
export interface KnownService<T extends ServiceType> {
  readonly service: NonNullable<Known<TypedService<T>>>;
  readonly index: number;
  /** Of its configuration in the definition. */
  readonly path: readonly PathSegment[];
}

export function servicesOf<T extends ServiceType>(
  draft: Pick<DefinitionDraft, 'services'>,
  type: T,
): KnownService<T>[] {
  return (draft.services ?? []).flatMap((service, index) =>
    service?.type === type
      ? // The type of a service decides which configuration it has.
        [
          {
            service: service as KnownService<T>['service'],
            index,
            path: ['services', index, 'configuration'],
          },
        ]
      : [],
  );
}

/** Whether a service of the type may be there: one that is ill-formed may be of any type. */
export function mayHaveService(draft: Pick<DefinitionDraft, 'services'>, type: ServiceType): boolean {
  const { services } = draft;
  return services === undefined || services.some((one) => one?.type === undefined || one.type === type);
}

/** Services that have machines of their own, with them. */
export function servicesWithMachines(draft: Pick<DefinitionDraft, 'services'>): {
  readonly name: string | undefined;
  readonly index: number;
  readonly machines: NonNullable<Known<ServiceMachines>>;
}[] {
  return (draft.services ?? []).flatMap((service, index) => {
    const configuration = service?.configuration;
    if (configuration === undefined || !('machines' in configuration)) return [];
    const { machines } = configuration;
    return machines === undefined || machines === null ? [] : [{ name: service?.name, index, machines }];
  });
}

/** Number of machines of the groups; `undefined` as long as one group's is unknown. */
export function machineCount(draft: Pick<DefinitionDraft, 'nodeGroups'>): number | undefined {
  let total = 0;
  for (const group of draft.nodeGroups ?? [undefined]) {
    if (group?.count === undefined) return undefined;
    total += group.count;
  }
  return total;
}

/** One fault for each item that says the same as one before it. */
export function duplicates<T>(
  items: readonly T[] | undefined,
  path: readonly PathSegment[],
  keyOf: (item: T) => string | undefined,
  field?: string,
): Fault[] {
  const seen = new Set<string>();
  return (items ?? []).flatMap((item, index) => {
    const key = keyOf(item);
    if (key === undefined) return [];
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [faultAt([...path, index, ...(field === undefined ? [] : [field])], `repeats "${key}"`)];
  });
}
