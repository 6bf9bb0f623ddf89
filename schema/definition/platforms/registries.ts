/** Mirrors of registries, as K3s, RKE2 and containerd know them. */
import * as z from 'zod';
import type { RegistryMirrors } from '../../../domain/platform-config.js';
import { certificatePem, mirrorUrl, registryName } from './text.js';

const MAX_REGISTRIES = 32;

export const registries = z
  .strictObject({
    mirrors: few(z.record(registryName, z.array(mirrorUrl).min(1).max(8))).meta({
      description: 'Endpoints of each registry, tried in this order',
      examples: [{ 'docker.io': ['https://mirror.lab.internal:5000'] }],
      maxProperties: MAX_REGISTRIES,
    }),
    certificateAuthorities: few(z.record(registryName, certificatePem)).optional().meta({
      description: 'Of the endpoints, by host and port, in PEM',
      maxProperties: MAX_REGISTRIES,
    }),
  })
  .check((context) => {
    const { mirrors, certificateAuthorities = {} } = context.value;
    const hosts = new Set(
      Object.values(mirrors)
        .flat()
        .map((url) => new URL(url).host),
    );
    for (const [host, pem] of Object.entries(certificateAuthorities)) {
      if (hosts.has(host)) continue;
      const message = 'is no host of an endpoint';
      context.issues.push({ code: 'custom', message, input: pem, path: ['certificateAuthorities', host] });
    }
  })
  .meta({ id: 'RegistryMirrors', description: 'Where images come from instead of their own registries' });

export function resolveRegistries(
  input: z.infer<typeof registries> | null | undefined,
): RegistryMirrors | null {
  if (input === null || input === undefined) return null;
  return { mirrors: input.mirrors, certificateAuthorities: input.certificateAuthorities ?? {} };
}

function few<T extends z.ZodRecord>(record: T): T {
  return record.refine(
    (entries) => Object.keys(entries).length <= MAX_REGISTRIES,
    `must have at most ${MAX_REGISTRIES} entries`,
  );
}
