import { describe, expect, test } from '@jest/globals';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { upcastDefinition } from '../../domain/upcast.js';
import { parseClusterDefinition } from '../../schema/cluster-definition.js';
import { aDualHomedDefinition } from '../schema/dual-homed.js';
import { NETWORK } from '../schema/definition-builder.js';

const TODAY = resolved();

function resolved(): ClusterDefinition {
  const services = [{ name: 'pxe', type: 'PXE_BOOT' }];
  const result = parseClusterDefinition({ ...aDualHomedDefinition(), services }, NETWORK);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.definition;
}

/** As a release wrote it that knew services by their type alone. */
function recorded(configuration: Record<string, unknown>): ClusterDefinition {
  const services = TODAY.services.map((service) => ({ ...service, configuration }));
  const platformConfig = { disable: ['traefik'], flannelBackend: 'host-gw' };
  return { ...TODAY, services, platformConfig } as unknown as ClusterDefinition;
}

describe('a recorded definition', () => {
  test('of today stays as it is', () => {
    expect(upcastDefinition(TODAY)).toEqual(TODAY);
  });

  test.each([
    [{}, null],
    [{ dhcpRange: '10.1.107.100-150', staticAssignments: true }, '10.1.107.100-150'],
    [{ dhcpRange: 5, anything: 'else' }, null],
  ])('has network boot on its bastion, whatever %j meant', (configuration, dhcpRange) => {
    expect(upcastDefinition(recorded(configuration)).services[0]?.configuration).toEqual({
      ...{ machines: null, staticAssignments: true },
      dhcpRange,
    });
  });

  test('of K3s has none of the settings that came later', () => {
    expect(upcastDefinition(recorded({})).platformConfig).toEqual({
      ...{ disable: ['traefik'], flannelBackend: 'host-gw' },
      ...{ registries: null, airGapUrl: null, datastore: null },
    });
  });

  test('is one that is accepted today', () => {
    const definition = upcastDefinition(recorded({ dhcpRange: null }));

    expect(parseClusterDefinition(definition, NETWORK)).toEqual({ ok: true, definition });
  });
});
