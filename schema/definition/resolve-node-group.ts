/** Fills in the defaults of one node group. */
import type {
  AntiAffinity,
  BootMethod,
  ClusterType,
  NodeGroup,
  NodeRole,
  NodeTemplate,
} from '../../domain/cluster-definition.js';
import { given, type Known, section, whenKnown } from '../known.js';
import { DEFAULTS, OKD_SIZE } from './defaults.js';
import { resolveGroupNetwork } from './resolve-group-network.js';
import type { DefinitionInput } from './shape.js';

type NodeGroupInput = DefinitionInput['nodeGroups'][number];

export function resolveNodeGroup(
  input: Known<NodeGroupInput>,
  type: ClusterType | undefined,
  bootMethod: BootMethod | undefined,
): Known<NodeGroup> {
  if (input === undefined) return undefined;
  const role = given(input, 'role', undefined);
  const count = given(input, 'count', undefined);
  const placement = section(input, 'placement');
  const boot = section(input, 'boot');
  const lifecycle = section(input, 'lifecycle');
  const isBootstrap = whenKnown(role, (known) => known === 'BOOTSTRAP');
  return {
    name: given(input, 'name', undefined),
    role,
    count,
    template: resolveTemplate(section(input, 'template'), defaultSize(type, role)),
    placement: {
      targetNodes: given(placement, 'targetNodes', []),
      preferredNodes: given(placement, 'preferredNodes', []),
      antiAffinity: given(placement, 'antiAffinity', defaultAntiAffinity(role, count)),
    },
    boot: {
      method: given(boot, 'method', bootMethod),
      configTemplate: given(boot, 'configTemplate', null),
      delivery: given(boot, 'delivery', 'MEDIUM'),
      kernel: given(boot, 'kernel', null),
      initrd: given(boot, 'initrd', null),
      kernelArguments: given(boot, 'kernelArguments', []),
    },
    network: resolveGroupNetwork(section(input, 'network')),
    tags: given(input, 'tags', []),
    metadata: given(input, 'metadata', {}),
    labels: given(input, 'labels', {}),
    taints: given(input, 'taints', [])?.map((taint) =>
      whenKnown(taint, (known) => ({
        key: given(known, 'key', undefined),
        value: given(known, 'value', ''),
        effect: given(known, 'effect', undefined),
      })),
    ),
    lifecycle: {
      temporary: given(lifecycle, 'temporary', isBootstrap),
      cleanupAfterBoot: given(lifecycle, 'cleanupAfterBoot', isBootstrap),
    },
  };
}

type Size = Pick<NodeTemplate, 'cores' | 'memoryMiB' | 'diskGiB'>;

function resolveTemplate(
  input: Known<NonNullable<NodeGroupInput['template']>>,
  size: Known<Size>,
): Known<NodeTemplate> {
  const cloudInit = section(input, 'cloudInit');
  return {
    imageSource: given(input, 'imageSource', null),
    imageChecksum: given(input, 'imageChecksum', null),
    cores: given(input, 'cores', size?.cores),
    memoryMiB: given(input, 'memoryMiB', size?.memoryMiB),
    diskGiB: given(input, 'diskGiB', size?.diskGiB),
    storage: given(input, 'storage', null),
    cpuType: given(input, 'cpuType', DEFAULTS.cpuType),
    cloudInit: {
      user: given(cloudInit, 'user', DEFAULTS.user),
      packages: given(cloudInit, 'packages', []),
      runCmd: given(cloudInit, 'runCmd', []),
      sshAuthorizedKeys: given(cloudInit, 'sshAuthorizedKeys', []),
    },
  };
}

function defaultSize(type: ClusterType | undefined, role: NodeRole | undefined): Known<Size> {
  if (type === undefined || role === undefined) return undefined;
  return type === 'OKD' && role !== 'BASTION' ? OKD_SIZE : DEFAULTS;
}

/** Members of one etcd should not die together; a lone machine has nobody to keep away from. */
function defaultAntiAffinity(
  role: NodeRole | undefined,
  count: number | undefined,
): AntiAffinity | undefined {
  if (role === undefined || count === undefined) return undefined;
  return role === 'CONTROL_PLANE' && count > 1 ? 'SOFT' : 'NONE';
}
