/** Fills in the configuration of services that have little of it. */
import type {
  DhcpConfiguration,
  DnsConfiguration,
  MonitoringConfiguration,
  PxeBootConfiguration,
  StorageConfiguration,
} from '../../domain/services/configuration.js';
import { given, type Known, section, whenKnown } from '../known.js';
import { DEFAULTS } from './defaults.js';
import { machinesUnasked, resolveMachines } from './resolve-service-machines.js';
import type { DhcpInput } from './services/dhcp.js';
import type { DnsInput } from './services/dns.js';
import type { MonitoringInput } from './services/monitoring.js';
import type { PxeBootInput } from './services/pxe-boot.js';
import type { StorageInput } from './services/storage.js';

/** @param domain of the cluster's network */
export function resolveDns(input: Known<DnsInput>, domain: string | undefined): Known<DnsConfiguration> {
  if (input === undefined) return undefined;
  const kind = given(input, 'kind', DEFAULTS.dnsKind);
  const server = given(input, 'server', null);
  return {
    kind,
    machines: resolveMachines(given(input, 'machines', machinesUnasked(kind, 'DNSMASQ'))),
    server:
      server === null
        ? null
        : whenKnown(server, (known) => ({
            address: given(known, 'address', undefined),
            port: given(known, 'port', DEFAULTS.dnsPort),
            zone: given(known, 'zone', domain),
            keyName: given(known, 'keyName', undefined),
            keyAlgorithm: given(known, 'keyAlgorithm', DEFAULTS.keyAlgorithm),
            keySecret: given(known, 'keySecret', given(known, 'keyName', undefined)),
            ttlSeconds: given(known, 'ttlSeconds', DEFAULTS.ttlSeconds),
          })),
  };
}

export function resolveDhcp(input: Known<DhcpInput>): Known<DhcpConfiguration> {
  if (input === undefined) return undefined;
  return {
    machines: resolveMachines(section(input, 'machines')) ?? undefined,
    dhcpRange: given(input, 'dhcpRange', null),
  };
}

/** @param hasBastion `undefined`: not known, as the role of a group is ill-formed */
export function resolvePxeBoot(
  input: Known<PxeBootInput>,
  hasBastion: boolean | undefined,
): Known<PxeBootConfiguration> {
  if (input === undefined) return undefined;
  const own = hasBastion === undefined ? undefined : hasBastion ? null : {};
  return {
    machines: resolveMachines(given(input, 'machines', own)),
    dhcpRange: given(input, 'dhcpRange', null),
    staticAssignments: given(input, 'staticAssignments', DEFAULTS.staticAssignments),
  };
}

/** @param name of the service */
export function resolveStorage(
  input: Known<StorageInput>,
  name: string | undefined,
): Known<StorageConfiguration> {
  if (input === undefined) return undefined;
  const kind = given(input, 'kind', DEFAULTS.storageKind);
  return {
    kind,
    storageClass: given(input, 'storageClass', name),
    server: given(input, 'server', null),
    path: given(input, 'path', null),
    proxmoxStorage: given(input, 'proxmoxStorage', null),
    token: given(
      input,
      'token',
      kind === undefined ? undefined : kind === 'PROXMOX_CSI' ? DEFAULTS.csiToken : null,
    ),
  };
}

export function resolveMonitoring(input: Known<MonitoringInput>): Known<MonitoringConfiguration> {
  if (input === undefined) return undefined;
  return {
    namespace: given(input, 'namespace', DEFAULTS.monitoringNamespace),
    nodeExporterPort: given(input, 'nodeExporterPort', DEFAULTS.nodeExporterPort),
    kubeStateMetricsPort: given(input, 'kubeStateMetricsPort', DEFAULTS.kubeStateMetricsPort),
  };
}
