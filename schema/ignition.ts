/** Ignition documents of spec 3, by the rules that Ignition itself refuses by (https://coreos.github.io/ignition/specs/). */
import * as z from 'zod';

const SCHEMES = /^(?:data|http|https|tftp|s3|arn|gs):/;
const MOST_MODE = 0o7777;
const UNIT_NAME =
  /^[A-Za-z0-9:_.\\@-]+\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/;

const absolutePath = z
  .string()
  .refine((path) => path.startsWith('/') && path === normalized(path), 'must be an absolute, clean path');
/** In decimal: 420 is what `chmod` calls 0644. */
const mode = z.int().min(0).max(MOST_MODE).nullish();

const resource = z.looseObject({
  source: z.string().regex(SCHEMES, 'must be a URL that Ignition can fetch').nullish(),
  compression: z.enum(['gzip', '']).nullish(),
  verification: z
    .looseObject({
      hash: z
        .string()
        .regex(/^(?:sha512-[0-9a-f]{128}|sha256-[0-9a-f]{64})$/)
        .nullish(),
    })
    .optional(),
});

const fileEntry = z
  .looseObject({
    path: absolutePath,
    mode,
    overwrite: z.boolean().nullish(),
    contents: resource.optional(),
    append: z.array(resource).optional(),
  })
  .refine(
    ({ overwrite, contents }) => overwrite !== true || contents?.source != null,
    'overwrites, and has no contents',
  );

const unit = z.looseObject({
  name: z.string().regex(UNIT_NAME, 'must be the name of a unit'),
  enabled: z.boolean().nullish(),
  mask: z.boolean().nullish(),
  contents: z.string().nullish(),
  dropins: z
    .array(z.looseObject({ name: z.string().regex(/\.conf$/), contents: z.string().nullish() }))
    .optional(),
});

const document = z.looseObject({
  ignition: z.looseObject({
    version: z.string().regex(/^3\.[0-5]\.0$/, 'must be a released version of spec 3'),
    config: z
      .looseObject({
        merge: z.array(resource.refine(({ source }) => source != null, 'has no source')).optional(),
        replace: resource.optional(),
      })
      .optional(),
    security: z
      .looseObject({
        tls: z.looseObject({ certificateAuthorities: z.array(resource).optional() }).optional(),
      })
      .optional(),
  }),
  passwd: z
    .looseObject({
      users: z
        .array(z.looseObject({ name: z.string().min(1), sshAuthorizedKeys: z.array(z.string()).nullish() }))
        .optional(),
    })
    .optional(),
  storage: z
    .looseObject({
      files: z.array(fileEntry).optional(),
      directories: z.array(z.looseObject({ path: absolutePath, mode })).optional(),
      links: z.array(z.looseObject({ path: absolutePath, target: z.string().nullish() })).optional(),
    })
    .optional(),
  systemd: z.looseObject({ units: z.array(unit).optional() }).optional(),
});

/** @returns what Ignition would refuse, one sentence each; empty for a document that it takes. */
export function ignitionFaults(text: string): string[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return [`it is no JSON: ${(error as Error).message}`];
  }
  const parsed = document.safeParse(json);
  if (!parsed.success) {
    return parsed.error.issues.map(({ path, message }) => `/${path.join('/')} ${message}`);
  }
  const { storage, passwd, systemd } = parsed.data;
  const paths = [...(storage?.files ?? []), ...(storage?.directories ?? []), ...(storage?.links ?? [])];
  return [
    ...repeated(paths.map(({ path }) => path)),
    ...repeated((passwd?.users ?? []).map(({ name }) => name)),
    ...repeated((systemd?.units ?? []).map(({ name }) => name)),
  ];
}

function repeated(names: readonly string[]): string[] {
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [...new Set(twice)].map((name) => `${name} is there more than once`);
}

function normalized(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? '' : `/${parts.join('/')}`;
}
