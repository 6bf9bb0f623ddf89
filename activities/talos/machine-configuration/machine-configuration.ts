/** The text that a machine is given: its own document, patched, and those that patches add. */
import { stringify } from 'yaml';
import type { TalosPlatformConfig } from '../../../domain/platform-config.js';
import { machineDocument, type ConfigurationInput } from './generate.js';
import { strategicMerge, type JsonObject } from './strategic-merge.js';

/** The same input gives the same text. @throws `TALOS_CONFIGURATION_INVALID` */
export function machineConfiguration(input: ConfigurationInput): string {
  const { patches } = input.definition.platformConfig as unknown as TalosPlatformConfig;
  const documents = patches.reduce<readonly JsonObject[]>(patched, [
    machineDocument(input) as unknown as JsonObject,
  ]);
  return documents
    .map((document) => stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join('---\n');
}

/** A patch with a kind is about the document of that kind and name, which may not be there yet. */
function patched(documents: readonly JsonObject[], patch: JsonObject): readonly JsonObject[] {
  const at = documents.findIndex(({ kind, name }) => kind === patch['kind'] && name === patch['name']);
  if (at < 0) return [...documents, strategicMerge({}, patch)];
  return documents.map((document, index) => (index === at ? strategicMerge(document, patch) : document));
}
