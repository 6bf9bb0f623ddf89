/** CustomResourceDefinitions: their defaults, their rules, and the kinds that they add. */
import { isJsonObject, valueAt, type JsonObject } from '../model/json.js';
import { timestamp, type KubeObject } from '../model/kube-object.js';
import type { Registry } from '../registry/registry.js';
import {
  ALL_VERBS,
  type PrinterColumn,
  type ResourceKind,
  type ScalePaths,
} from '../registry/resource-kind.js';
import { invalidValue, required, type Strategy } from './strategy.js';

interface Names {
  readonly plural: string;
  readonly kind: string;
  readonly singular?: string;
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

interface DefinedVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly subresources?: { readonly status?: object; readonly scale?: ScalePaths };
}

interface DefinitionSpec {
  readonly group: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly names: Names;
  readonly versions: readonly DefinedVersion[];
}

export const definitionStrategy: Strategy = {
  complete: (definition) => {
    const names = valueAt(definition, ['spec', 'names']);
    if (!isJsonObject(names) || typeof names['kind'] !== 'string') return;
    names['singular'] ??= names['kind'].toLowerCase();
    names['listKind'] ??= `${names['kind']}List`;
    const spec = definition['spec'] as JsonObject;
    spec['conversion'] ??= { strategy: 'None' };
  },
  initialStatus: (definition) => {
    const lastTransitionTime = timestamp();
    const versions = valueAt(definition, ['spec', 'versions']);
    const stored = (Array.isArray(versions) ? (versions as unknown[]) : []).filter(
      (item) => valueAt(item, ['storage']) === true,
    );
    return {
      acceptedNames: valueAt(definition, ['spec', 'names']),
      conditions: [
        {
          type: 'NamesAccepted',
          status: 'True',
          reason: 'NoConflicts',
          message: 'no conflicts found',
          lastTransitionTime,
        },
        {
          type: 'Established',
          status: 'True',
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
          lastTransitionTime,
        },
      ],
      storedVersions: stored.map((item) => valueAt(item, ['name'])),
    };
  },
  faults: (definition) => {
    const { spec } = definition;
    if (!isJsonObject(spec)) return [required('spec')];
    const { group, names, versions, scope } = spec;
    if (typeof group !== 'string') return [required('spec.group')];
    if (!isJsonObject(names) || typeof names['plural'] !== 'string') return [required('spec.names.plural')];
    if (typeof names['kind'] !== 'string') return [required('spec.names.kind')];
    if (!Array.isArray(versions) || versions.length === 0) return [required('spec.versions')];
    const isNamed = versions.every((item) => isJsonObject(item) && typeof item['name'] === 'string');
    const stored = versions.filter((item) => valueAt(item, ['storage']) === true);
    const name = `${names['plural']}.${group}`;
    return [
      ...(isNamed ? [] : [required('spec.versions[].name')]),
      ...(scope === 'Namespaced' || scope === 'Cluster' ? [] : [required('spec.scope')]),
      ...(stored.length === 1
        ? []
        : [
            invalidValue(
              'spec.versions',
              versions.length,
              'must have exactly one version marked as storage version',
            ),
          ]),
      ...(definition.metadata.name === name
        ? []
        : [
            invalidValue(
              'metadata.name',
              definition.metadata.name,
              `must be spec.names.plural+"."+spec.group`,
            ),
          ]),
    ];
  },
};

/** Makes the kinds of the definition known, in place of those that it defined before. */
export function registerDefinition(registry: Registry, definition: KubeObject): void {
  const { group, scope, names, versions } = definition['spec'] as DefinitionSpec;
  registry.removeDefinedBy(definition.metadata.name);
  const served = versions
    .filter((version) => version.served)
    .sort((a, b) => Number(b.storage) - Number(a.storage));
  for (const version of served) registry.add(kindOf(definition.metadata.name, group, scope, names, version));
}

function kindOf(
  definition: string,
  group: string,
  scope: DefinitionSpec['scope'],
  names: Names,
  { name: version, subresources, additionalPrinterColumns }: DefinedVersion,
): ResourceKind {
  const scale = subresources?.scale;
  return {
    group,
    version,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    namespaced: scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    subresources: [
      ...(subresources?.status === undefined ? [] : (['status'] as const)),
      ...(scale === undefined ? [] : (['scale'] as const)),
    ],
    verbs: ALL_VERBS,
    counted: true,
    selectableFields: [],
    custom: {
      definition,
      columns: additionalPrinterColumns ?? [],
      ...(scale === undefined ? {} : { scale }),
    },
  };
}
