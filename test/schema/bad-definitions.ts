/** Definitions that must be refused, with the pointers of all their faults: a table that several tests go through. */
import { at, bad, type BadDefinition, nested, withValue, without } from './bad-definition.js';
import { BAD_NETWORKS } from './bad-networks.js';
import { BAD_PLATFORMS } from './bad-platforms.js';
import { BAD_SERVICES } from './bad-services.js';
import { aDefinition, aLoadBalancer, aServerGroup, aService, aWorkerGroup } from './definition-builder.js';

const IMAGE = 'local-zfs:9001/ubuntu-24.04-template';

const WHOLE: readonly BadDefinition[] = [
  { name: 'null', body: null, pointers: [''] },
  { name: 'an array', body: [], pointers: [''] },
  { name: 'a string', body: 'cluster', pointers: [''] },
  { name: 'an empty object', body: {}, pointers: ['/name', '/nodeGroups', '/type', '/version'] },
  { name: 'no name', body: without('name'), pointers: ['/name'] },
  { name: 'no version and no type', body: without('version', 'type'), pointers: ['/type', '/version'] },
  { name: 'an unknown key', body: withValue(['nodegroups'], []), pointers: ['/nodegroups'] },
  bad('an unknown key in a group', '/nodeGroups/1/replicas', 3),
  { name: 'an unknown key to be escaped', body: withValue(['a/b~c'], 1), pointers: ['/a~1b~0c'] },
  bad('a key that reaches into the prototype', '/__proto__', { isAdmin: true }),
  bad('a constructor key in a free part', '/platformConfig/constructor', {}),
  bad('a prototype key in labels', '/nodeGroups/0/labels/prototype', 'x'),
  {
    name: 'a value nested too deep',
    body: withValue(['platformConfig', 'deep'], nested(20)),
    pointers: [`/platformConfig/deep${'/0'.repeat(15)}`],
  },
  {
    name: 'far too many values',
    body: withValue(['platformConfig', 'many'], Array(60_000).fill(0)),
    pointers: [''],
  },
];

const NAMES: readonly BadDefinition[] = [
  bad('a name in capitals', '/name', 'Edge'),
  bad('a name with an underscore', '/name', 'k3s_edge'),
  bad('a name that ends in a hyphen', '/name', 'edge-'),
  bad('a name of 41 characters', '/name', 'a'.repeat(41)),
  bad('a name that is a number', '/name', 7),
  bad('a name with a line break', '/name', 'edge\n'),
  bad('an unknown type', '/type', 'K8S'),
  bad('a type in lower case', '/type', 'k3s'),
  {
    name: 'two groups of one name',
    body: aDefinition({ nodeGroups: [aServerGroup(), aWorkerGroup({ name: 'server' })] }),
    pointers: ['/nodeGroups/1/name'],
  },
  {
    name: 'host names of more than 63 characters',
    body: aDefinition({
      name: 'c'.repeat(40),
      nodeGroups: [aServerGroup(), aWorkerGroup({ name: 'g'.repeat(21) })],
    }),
    pointers: ['/nodeGroups/1/name'],
  },
];

const VERSIONS: readonly BadDefinition[] = [
  bad('a version without v', '/version', '1.32.0+k3s1'),
  bad("another distribution's version", '/version', 'v1.32.0+rke2r1'),
  bad('a pre-release', '/version', 'v1.32.0-rc1+k3s1'),
  bad('a channel instead of a version', '/version', 'stable'),
  bad('a version with a shell command', '/version', "v1.32.0+k3s1'; reboot; '"),
  bad('a version that is too old', '/version', 'v1.27.16+k3s1'),
  bad('a version that is not known yet', '/version', 'v1.99.0+k3s1'),
  bad('a version of another major', '/version', 'v2.32.0+k3s1'),
];

const MACHINES: readonly BadDefinition[] = [
  bad('no groups', '/nodeGroups', []),
  bad('groups that are an object', '/nodeGroups', {}),
  bad('a group that is null', '/nodeGroups/1', null),
  { name: 'only workers', body: aDefinition({ nodeGroups: [aWorkerGroup()] }), pointers: ['/nodeGroups'] },
  bad('two control-plane machines', '/nodeGroups/0/count', 2),
  bad('nine control-plane machines', '/nodeGroups/0/count', 9),
  {
    name: 'an even number over two groups',
    body: aDefinition({ nodeGroups: [aServerGroup({ count: 3 }), aServerGroup({ name: 'more', count: 1 })] }),
    pointers: ['/nodeGroups'],
  },
  bad('no control-plane machine', '/nodeGroups/0/count', 0),
  bad('a negative count', '/nodeGroups/1/count', -1),
  bad('a fractional count', '/nodeGroups/1/count', 1.5),
  bad('a count that is text', '/nodeGroups/1/count', '2'),
  bad('a count of 501', '/nodeGroups/1/count', 501),
  {
    name: 'more machines than addresses',
    body: withValue(at('/nodeGroups/1/count'), 51),
    pointers: ['/network/ipRange'],
  },
  bad('an unknown role', '/nodeGroups/1/role', 'MASTER'),
  bad('a bootstrap machine for K3S', '/nodeGroups/1/role', 'BOOTSTRAP'),
  {
    name: 'two bootstrap machines for OKD',
    body: aDefinition({
      type: 'OKD',
      version: '4.19.0',
      bootMethod: 'PXE',
      nodeGroups: [aServerGroup({ count: 3 }), aWorkerGroup({ role: 'BOOTSTRAP', count: 2 })],
      services: [aLoadBalancer()],
    }),
    pointers: ['/nodeGroups/1/count'],
  },
  {
    name: 'no image for a template',
    body: aDefinition({ nodeGroups: [aServerGroup({ template: {} })] }),
    pointers: ['/nodeGroups/0/template/imageSource'],
  },
  {
    name: 'no image for one group that boots by template',
    body: aDefinition({
      bootMethod: 'PXE',
      nodeGroups: [aServerGroup({ template: {}, boot: { method: 'TEMPLATE' } })],
    }),
    pointers: ['/nodeGroups/0/template/imageSource'],
  },
  bad('an image without storage', '/nodeGroups/0/template/imageSource', '9001/ubuntu-24.04-template'),
  bad('an image with a path', '/nodeGroups/0/template/imageSource', `${IMAGE}/../other`),
  bad('no core', '/nodeGroups/0/template/cores', 0),
  bad('too little memory', '/nodeGroups/0/template/memoryMiB', 256),
  bad('too large a disk', '/nodeGroups/0/template/diskGiB', 65_537),
  bad('a CPU type with options', '/nodeGroups/0/template/cpuType', 'host,hidden=1'),
  bad('a storage with a comma', '/nodeGroups/0/template/storage', 'local,size=1'),
  bad('an unknown boot method', '/bootMethod', 'USB'),
  {
    name: 'a host name with a path',
    body: withValue(at('/nodeGroups/0/placement/targetNodes'), ['pve1', '../pve2']),
    pointers: ['/nodeGroups/0/placement/targetNodes/1'],
  },
  bad('an unknown anti-affinity', '/nodeGroups/0/placement/antiAffinity', 'STRICT'),
  {
    name: 'a preferred host twice',
    body: withValue(at('/nodeGroups/0/placement/preferredNodes'), ['hv5', 'hv6', 'hv5']),
    pointers: ['/nodeGroups/0/placement/preferredNodes/2'],
  },
];

const GUESTS: readonly BadDefinition[] = [
  ...['curl; reboot', '$(id)', '-y', 'curl-', 'a b', ''].map((name) => ({
    name: `the package ${JSON.stringify(name)}`,
    body: withValue(at('/nodeGroups/0/template/cloudInit/packages'), ['jq', name]),
    pointers: ['/nodeGroups/0/template/cloudInit/packages/1'],
  })),
  bad('201 packages', '/nodeGroups/0/template/cloudInit/packages', Array(201).fill('jq')),
  {
    name: 'first-boot lines that are blank, too long, or hold a NUL',
    body: withValue(at('/nodeGroups/0/template/cloudInit/runCmd'), ['ok', ' ', 'x'.repeat(4097), 'a\0b']),
    pointers: [1, 2, 3].map((index) => `/nodeGroups/0/template/cloudInit/runCmd/${index}`),
  },
  bad('a login as root', '/nodeGroups/0/template/cloudInit/user', 'root'),
  bad('a user name with a colon', '/nodeGroups/0/template/cloudInit/user', 'a:b'),
  {
    name: 'an SSH key that is cut off',
    body: withValue(at('/security/sshAuthorizedKeys'), ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==']),
    pointers: ['/security/sshAuthorizedKeys/0'],
  },
  {
    name: 'an SSH key with a forced command',
    body: withValue(at('/security/sshAuthorizedKeys'), ['command="id" ssh-ed25519 AAAA']),
    pointers: ['/security/sshAuthorizedKeys/0'],
  },
  {
    name: 'a tag in capitals, one that claims ownership, and one twice',
    body: withValue(at('/nodeGroups/0/tags'), ['Prod', 'clusterwright', 'cw-other', 'a;b', 'x', 'x']),
    pointers: [0, 1, 2, 3, 5].map((index) => `/nodeGroups/0/tags/${index}`),
  },
  bad('a note of several lines', '/nodeGroups/0/metadata/owner', 'me\nclusterwright: x/y/z'),
  bad('a note that claims ownership', '/nodeGroups/0/metadata/Clusterwright', 'x/y/z'),
  bad('a label value with a blank', '/nodeGroups/1/labels/zone', 'a b'),
  {
    name: 'a label key with two slashes',
    body: withValue(['nodeGroups', 1, 'labels', 'a/b/c'], 'x'),
    pointers: ['/nodeGroups/1/labels/a~1b~1c'],
  },
  ...[
    'node-role.kubernetes.io/worker',
    'kubernetes.io/hostname',
    'node-restriction.kubernetes.io/team',
    'anything.k8s.io/x',
  ].map((key) => ({
    name: `the reserved label ${key}`,
    body: withValue(['nodeGroups', 1, 'labels', key], 'x'),
    pointers: [`/nodeGroups/1/labels/${key.replace('/', '~1')}`],
  })),
  {
    name: 'a taint without effect, and one with a wrong one',
    body: withValue(at('/nodeGroups/1/taints'), [{ key: 'a' }, { key: 'b', effect: 'Never' }]),
    pointers: ['/nodeGroups/1/taints/0/effect', '/nodeGroups/1/taints/1/effect'],
  },
  {
    name: 'a taint twice',
    body: withValue(at('/nodeGroups/1/taints'), [
      { key: 'a', value: '1', effect: 'NoSchedule' },
      { key: 'a', value: '2', effect: 'NoSchedule' },
    ]),
    pointers: ['/nodeGroups/1/taints/1'],
  },
];

const NETWORKS: readonly BadDefinition[] = [
  bad('a subnet with host bits', '/network/cidr', '10.1.107.5/24'),
  bad('a subnet that is a name', '/network/cidr', 'lan'),
  {
    name: 'a subnet that gateway and range of the service do not fit',
    body: aDefinition({ network: { cidr: '10.9.0.0/24' } }),
    pointers: ['/network/gateway', '/network/ipRange'],
  },
  bad('a gateway outside of the subnet', '/network/gateway', '10.1.108.1'),
  bad('a gateway at the broadcast address', '/network/gateway', '10.1.107.255'),
  bad('a gateway in octal', '/network/gateway', '10.1.107.01'),
  bad('a range outside of the subnet', '/network/ipRange', '10.1.108.10-20'),
  bad('a range that ends before it begins', '/network/ipRange', '10.1.107.150-100'),
  bad('a range without end', '/network/ipRange', '10.1.107.100'),
  bad('a range with the gateway', '/network/ipRange', '10.1.107.1-50'),
  bad('a range with the broadcast address', '/network/ipRange', '10.1.107.200-255'),
  bad('a range with a name server', '/network/ipRange', '10.1.107.2-50'),
  bad('a range that is too small', '/network/ipRange', '10.1.107.100-101'),
  bad('a range of a /8', '/network/ipRange', '10.0.0.1-10.255.255.254'),
  {
    name: 'a name server that is a name',
    body: withValue(at('/network/nameservers'), ['10.1.107.2', 'dns.example.com']),
    pointers: ['/network/nameservers/1'],
  },
  bad('four name servers', '/network/nameservers', ['1.1.1.1', '8.8.8.8', '9.9.9.9', '8.8.4.4']),
  bad('pods in the subnet of the machines', '/network/podCidr', '10.1.0.0/16'),
  bad('services among the pods', '/network/serviceCidr', '10.42.128.0/20'),
  bad('pods of another family', '/network/podCidr', 'fd00:42::/56'),
  bad('pods without room for three nodes', '/network/podCidr', '10.42.0.0/23'),
  bad('more services than an API server takes', '/network/serviceCidr', '172.0.0.0/8'),
  {
    name: 'an isolation without VLAN',
    body: aDefinition({ network: { isolation: 'VLAN' } }),
    pointers: ['/network/privateVLAN'],
  },
  bad('VLAN 4095', '/network/privateVLAN', 4095),
  bad('VLAN 0 for a group', '/nodeGroups/1/network/privateVLAN', 0),
  bad('a bridge with a comma', '/network/bridge', 'vmbr0,tag=1'),
  bad('a domain in capitals', '/network/domain', 'Example.com'),
  bad('a tiny MTU', '/network/mtu', 500),
];

const SERVICES: readonly BadDefinition[] = [
  {
    name: 'a service twice',
    body: aDefinition({ services: [aService(), aService()] }),
    pointers: ['/services/1/name'],
  },
  {
    name: 'an unknown service type',
    body: withValue(at('/services'), [{ name: 'cache', type: 'CACHE' }]),
    pointers: ['/services/0/type'],
  },
  {
    name: 'a dependency that does not exist',
    body: aDefinition({ services: [aService({ dependsOn: ['dhcp'] })] }),
    pointers: ['/services/0/dependsOn/0'],
  },
  {
    name: 'a service that depends on itself',
    body: aDefinition({ services: [aService({ dependsOn: ['store'] })] }),
    pointers: ['/services/0/dependsOn'],
  },
  {
    name: 'services that depend on one another',
    body: aDefinition({
      services: [
        aService({ name: 'a', dependsOn: ['b'] }),
        aService({ name: 'b', dependsOn: ['c'] }),
        aService({ name: 'c', dependsOn: ['a'] }),
      ],
    }),
    pointers: ['/services/0/dependsOn'],
  },
  {
    name: 'a service that starts before what it depends on',
    body: aDefinition({
      services: [
        aService({ name: 'a', startupOrder: 2 }),
        aService({ name: 'b', startupOrder: 1, dependsOn: ['a'] }),
      ],
    }),
    pointers: ['/services/1/startupOrder'],
  },
  {
    name: 'a start-up order of 0',
    body: aDefinition({ services: [aService({ startupOrder: 0 })] }),
    pointers: ['/services/0/startupOrder'],
  },
];

const RUNS: readonly BadDefinition[] = [
  bad('no time to validate', '/validation/timeoutMinutes', 0),
  bad('more than a day to validate', '/validation/timeoutMinutes', 1441),
  {
    name: 'a health check that K3S does not have',
    body: aDefinition({ validation: { healthChecks: ['node-readiness', 'cluster-operators'] } }),
    pointers: ['/validation/healthChecks/1'],
  },
  {
    name: 'a health check twice',
    body: aDefinition({ validation: { healthChecks: ['node-readiness', 'node-readiness'] } }),
    pointers: ['/validation/healthChecks/1'],
  },
  bad('an unknown policy on failure', '/onFailure', 'IGNORE'),
  bad('a deadline that is text', '/deadlineMinutes', '30'),
  bad('an unknown K3s setting', '/platformConfig/disabled', ['traefik']),
  {
    name: 'an unknown K3s component',
    body: aDefinition({ platformConfig: { disable: ['traefik', 'nginx'] } }),
    pointers: ['/platformConfig/disable/1'],
  },
  bad('an unknown flannel backend', '/platformConfig/flannelBackend', 'calico'),
];

const SEVERAL: readonly BadDefinition[] = [
  {
    name: 'faults of fields and between fields at once',
    body: {
      name: 'Edge',
      type: 'K3S',
      version: 'v1.32.0',
      network: { isolation: 'VLAN', gateway: '10.1.107.0', mtu: 'big' },
      nodeGroups: [
        { name: 'server', role: 'CONTROL_PLANE', count: 2, template: { imageSource: '/x', cores: -1 } },
        { name: 'server', role: 'WORKER', count: 1.5, extra: true },
      ],
      services: [{ name: 'a', type: 'DNS', dependsOn: ['b'], startupOrder: 'first' }],
    },
    pointers: [
      '/name',
      '/network/gateway',
      '/network/mtu',
      '/network/privateVLAN',
      '/nodeGroups/0/count',
      '/nodeGroups/0/template/cores',
      '/nodeGroups/0/template/imageSource',
      '/nodeGroups/1/count',
      '/nodeGroups/1/extra',
      '/nodeGroups/1/name',
      '/nodeGroups/1/template/imageSource',
      '/services/0/dependsOn/0',
      '/services/0/startupOrder',
      '/version',
    ],
  },
  {
    name: 'faults in groups 2 and 10, in the order of the list',
    body: aDefinition({
      nodeGroups: [
        aServerGroup(),
        ...Array.from({ length: 10 }, (_, index) =>
          aWorkerGroup({ name: `w${index}`, count: index === 1 || index === 9 ? -1 : 1 }),
        ),
      ],
    }),
    pointers: ['/nodeGroups/2/count', '/nodeGroups/10/count'],
  },
];

export const BAD_DEFINITIONS: readonly BadDefinition[] = [
  ...WHOLE,
  ...NAMES,
  ...VERSIONS,
  ...MACHINES,
  ...GUESTS,
  ...NETWORKS,
  ...BAD_NETWORKS,
  ...SERVICES,
  ...BAD_SERVICES,
  ...BAD_PLATFORMS,
  ...RUNS,
  ...SEVERAL,
];
