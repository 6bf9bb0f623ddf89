/** What an entry of the image catalogue is made from. */
import * as z from 'zod';
import { parseImageSource, type CatalogueImage } from '../domain/image-source.js';
import type { Fault } from '../domain/errors.js';
import { imageChecksum, imageSource, text } from './definition/text.js';
import { type Parsed, parseWith } from './parsed.js';

export const imageName = text(100).refine(
  (name) => parseImageSource(name)?.kind === 'catalogue',
  'must be lower-case letters, digits, "." and "-", with a letter or digit at both ends',
);

export const catalogueImageRequest = z
  .strictObject({
    source: imageSource
      .refine(
        (source) => parseImageSource(source)?.kind !== 'catalogue',
        'must not be the name of another image of the catalogue',
      )
      .meta({
        description:
          'A template to clone (storage:vmid/name), a volume (storage:import/file, storage:iso/file) or an https URL',
        examples: ['local:import/debian-12.qcow2'],
      }),
    checksum: imageChecksum.nullable().optional().meta({
      description: 'sha256:… or sha512:…; needed where source is a URL',
    }),
  })
  .refine(({ source, checksum }) => parseImageSource(source)?.kind !== 'url' || (checksum ?? null) !== null, {
    path: ['checksum'],
    error: 'is needed for a URL: what is downloaded has to be proved',
  })
  .meta({ id: 'CatalogueImageRequest' });

/**
 * @param name from the address; faults point to it as `/name`.
 * @param body what `JSON.parse` returned.
 */
export function parseCatalogueImage(name: string, body: unknown): Parsed<CatalogueImage> {
  const parsedName = parseWith(z.strictObject({ name: imageName }), { name });
  const parsed = parseWith(catalogueImageRequest, body);
  if (!parsedName.ok || !parsed.ok) {
    const faults = [parsedName, parsed].flatMap((each): readonly Fault[] => (each.ok ? [] : each.faults));
    return { ok: false, faults };
  }
  const { source, checksum } = parsed.value;
  return { ok: true, value: { name, source, checksum: checksum?.toLowerCase() ?? null } };
}
