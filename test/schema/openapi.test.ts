import { describe, expect, test } from '@jest/globals';
import { openApiDocument } from '../../schema/openapi.js';
import { referencesIn, resolveReference } from './references.js';

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly $ref: string }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
  readonly security?: readonly unknown[];
}

const document = openApiDocument();
const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    path,
    operation,
  })),
);

describe('the OpenAPI document', () => {
  test('is of version 3.1 and lists every address', () => {
    expect(document['openapi']).toMatch(/^3\.1\./);
    expect(operations.map(({ name }) => name).toSorted()).toEqual([
      'DELETE /api/v1/address-conflicts/{address}',
      'DELETE /api/v1/clusters/{name}',
      'DELETE /api/v1/clusters/{name}/backup-policy',
      'DELETE /api/v1/clusters/{name}/backups/{id}',
      'DELETE /api/v1/images/{name}',
      'GET /api/v1/address-conflicts',
      'GET /api/v1/clusters',
      'GET /api/v1/clusters/{name}',
      'GET /api/v1/clusters/{name}/backup-policy',
      'GET /api/v1/clusters/{name}/backups',
      'GET /api/v1/clusters/{name}/backups/{id}',
      'GET /api/v1/clusters/{name}/certificates',
      'GET /api/v1/clusters/{name}/health',
      'GET /api/v1/clusters/{name}/health-policy',
      'GET /api/v1/clusters/{name}/kubeconfig',
      'GET /api/v1/clusters/{name}/removals',
      'GET /api/v1/clusters/{name}/scrape-targets',
      'GET /api/v1/clusters/{name}/validations',
      'GET /api/v1/clusters/{name}/validations/{id}',
      'GET /api/v1/clusters/{name}/vm-backups',
      'GET /api/v1/hosts',
      'GET /api/v1/hosts/{node}',
      'GET /api/v1/images',
      'GET /api/v1/images/{name}',
      'GET /api/v1/operations',
      'GET /api/v1/operations/{id}',
      'GET /api/v1/orphans',
      'GET /api/v1/removals/{id}',
      'GET /api/v1/schemas/cluster-definition',
      'GET /healthz',
      'GET /openapi.json',
      'GET /readyz',
      'POST /api/v1/clusters/plan',
      'POST /api/v1/clusters/preflight',
      'POST /api/v1/clusters/provision',
      'POST /api/v1/clusters/{name}/backups',
      'POST /api/v1/clusters/{name}/backups/{id}/drill',
      'POST /api/v1/clusters/{name}/certificates/renew',
      'POST /api/v1/clusters/{name}/health/check',
      'POST /api/v1/clusters/{name}/restore',
      'POST /api/v1/clusters/{name}/secrets/rotate',
      'POST /api/v1/clusters/{name}/steps/{step}',
      'POST /api/v1/clusters/{name}/upgrade',
      'POST /api/v1/clusters/{name}/validate',
      'POST /api/v1/clusters/{name}/vm-backups',
      'POST /api/v1/hosts/{node}/drain',
      'POST /api/v1/hosts/{node}/drain/cancel',
      'POST /api/v1/hosts/{node}/undrain',
      'POST /api/v1/operations/{id}/cancel',
      'POST /api/v1/operations/{id}/pause',
      'POST /api/v1/operations/{id}/resume',
      'POST /api/v1/orphans/removals',
      'POST /api/v1/orphans/sweep',
      'PUT /api/v1/clusters/{name}/backup-policy',
      'PUT /api/v1/clusters/{name}/health-policy',
      'PUT /api/v1/clusters/{name}/protection',
      'PUT /api/v1/clusters/{name}/scale',
      'PUT /api/v1/images/{name}',
    ]);
  });

  test('refers only to what it holds', () => {
    const missing = referencesIn(document).filter((ref) => resolveReference(document, ref) === undefined);

    expect(missing).toEqual([]);
  });

  test('names each operation once', () => {
    const ids = operations.map(({ operation }) => operation.operationId);

    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each(operations)('$name declares the parameters of its path', ({ path, operation }) => {
    const declared = (operation.parameters ?? [])
      .map(({ $ref }) => resolveReference(document, $ref) as { in: string; name: string })
      .filter((parameter) => parameter.in === 'path')
      .map(({ name }) => name);

    expect(declared).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
  });

  test('asks for a key everywhere but at probes and at the document itself', () => {
    const open = operations
      .filter(({ operation }) => operation.security?.length === 0)
      .map(({ path }) => path);

    expect(document['security']).toEqual([{ bearer: [] }]);
    expect(open.toSorted()).toEqual(['/healthz', '/openapi.json', '/readyz']);
  });

  test('answers every error as problem details', () => {
    const errors = operations.flatMap(({ operation }) =>
      Object.entries(operation.responses).filter(([status]) => Number(status) >= 400),
    );

    expect(errors.length).toBeGreaterThan(20);
    expect(errors.filter(([, { content }]) => content?.['application/problem+json'] === undefined)).toEqual(
      [],
    );
  });

  test.each([
    ['OKD', 'OkdPlatformConfig'],
    ['TALOS', 'TalosPlatformConfig'],
    ['K3S', 'K3sPlatformConfig'],
    ['RKE2', 'Rke2PlatformConfig'],
    ['VANILLA', 'VanillaPlatformConfig'],
  ])('says which settings belong to %s', (type, component) => {
    const $ref = `#/components/schemas/${component}`;
    const { allOf } = resolveReference(document, '#/components/schemas/ClusterDefinition') as {
      allOf: unknown[];
    };

    expect(allOf).toContainEqual({
      anyOf: [
        { properties: { type: { not: { const: type } } } },
        { properties: { platformConfig: { $ref } } },
      ],
    });
  });

  test('shows the configuration of each type of service', () => {
    const { services } = (
      resolveReference(document, '#/components/schemas/ClusterDefinition') as {
        properties: { services: { items: { oneOf: { $ref: string }[] } } };
      }
    ).properties;
    const types = services.items.oneOf.map(
      ({ $ref }) =>
        (resolveReference(document, $ref) as { properties: { type: { const: string } } }).properties.type
          .const,
    );

    expect(types.toSorted()).toEqual(['DHCP', 'DNS', 'LOAD_BALANCER', 'MONITORING', 'PXE_BOOT', 'STORAGE']);
  });

  test('moves no reference by an id within a component', () => {
    const components = Object.values(resolveReference(document, '#/components/schemas') as object);

    expect(components.filter((schema) => Object.hasOwn(schema as object, '$id'))).toEqual([]);
  });
});
