/** The shape of the image catalogue. */
import * as z from 'zod';

export const catalogueImage = z
  .object({
    name: z.string().meta({ examples: ['ubuntu-24.04'] }),
    source: z.string().meta({ description: 'A template, a volume or a URL' }),
    checksum: z.string().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'CatalogueImage' });
export type CatalogueImageView = z.infer<typeof catalogueImage>;

export const catalogueImageList = z
  .object({ items: z.array(catalogueImage).meta({ description: 'Ordered by name' }) })
  .meta({ id: 'CatalogueImageList' });
export type CatalogueImageListView = z.infer<typeof catalogueImageList>;
