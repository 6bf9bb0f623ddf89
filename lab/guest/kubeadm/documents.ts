/** Reads kubeadm's configuration as strictly as `kubeadm config validate` does, whatever the command. */
import { parseAllDocuments } from 'yaml';
import { KubeadmFailure } from './failure.js';
import { fieldsOf, KUBELET_FIELDS, type Fields, type Format } from './fields.js';

export interface NodeRegistration {
  readonly name?: string;
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly kubeletExtraArgs?: unknown;
}

export interface BootstrapToken {
  readonly token: string;
  readonly description?: string;
  readonly ttl?: string;
  readonly usages?: readonly string[];
  readonly groups?: readonly string[];
}

export interface InitConfiguration {
  readonly bootstrapTokens?: readonly BootstrapToken[];
  readonly certificateKey?: string;
  readonly localAPIEndpoint?: { readonly advertiseAddress?: string };
  readonly nodeRegistration?: NodeRegistration;
}

export interface ClusterConfiguration {
  readonly clusterName?: string;
  readonly kubernetesVersion?: string;
  readonly controlPlaneEndpoint?: string;
  readonly imageRepository?: string;
  readonly networking?: {
    readonly podSubnet?: string;
    readonly serviceSubnet?: string;
    readonly dnsDomain?: string;
  };
  readonly apiServer?: {
    readonly certSANs?: readonly string[];
    readonly extraArgs?: unknown;
    readonly extraVolumes?: readonly { readonly hostPath: string; readonly mountPath: string }[];
  };
}

export interface JoinConfiguration {
  readonly discovery?: {
    readonly bootstrapToken?: {
      readonly token?: string;
      readonly apiServerEndpoint?: string;
      readonly caCertHashes?: readonly string[];
    };
  };
  readonly nodeRegistration?: NodeRegistration;
  readonly controlPlane?: {
    readonly localAPIEndpoint?: { readonly advertiseAddress?: string };
    readonly certificateKey?: string;
  };
}

export interface Documents {
  readonly init: InitConfiguration | undefined;
  readonly cluster: ClusterConfiguration | undefined;
  readonly join: JoinConfiguration | undefined;
  readonly kubelet: Readonly<Record<string, unknown>> | undefined;
}

/** First release of kubeadm that knows the format. */
const SINCE: Readonly<Record<Format, number>> = { v1beta3: 22, v1beta4: 31 };

/** @param minor of kubeadm itself. @throws KubeadmFailure */
export function readDocuments(text: string, minor: number): Documents {
  const found: Record<string, unknown> = {};
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents))
    throw new KubeadmFailure(
      'invalid configuration: kind and apiVersion is mandatory information that must be specified',
    );
  for (const document of documents) {
    if (document.errors.length > 0)
      throw new KubeadmFailure(`error converting YAML to JSON: yaml: ${document.errors[0]?.message ?? ''}`);
    const {
      apiVersion = '',
      kind = '',
      ...fields
    } = document.toJS() as Record<string, unknown> & {
      apiVersion?: string;
      kind?: string;
    };
    checkFields(fields, allowedFields(apiVersion, kind, minor), '');
    checkArguments(fields, apiVersion);
    found[kind] = fields;
  }
  return {
    init: found['InitConfiguration'] as Documents['init'],
    cluster: found['ClusterConfiguration'] as Documents['cluster'],
    join: found['JoinConfiguration'] as Documents['join'],
    kubelet: found['KubeletConfiguration'] as Documents['kubelet'],
  };
}

/** Arguments as `name=value`, of either format. */
export function argumentsOf(extra: unknown): Readonly<Record<string, string>> {
  if (extra === undefined || extra === null) return {};
  if (!Array.isArray(extra)) return extra as Readonly<Record<string, string>>;
  return Object.fromEntries(
    (extra as { name: string; value: string }[]).map(({ name, value }) => [name, value]),
  );
}

function allowedFields(apiVersion: string, kind: string, minor: number): Fields {
  if (apiVersion === 'kubelet.config.k8s.io/v1beta1' && kind === 'KubeletConfiguration')
    return KUBELET_FIELDS;
  const [, format] = /^kubeadm\.k8s\.io\/(v1beta[34])$/.exec(apiVersion) ?? [];
  const fields = format === undefined ? undefined : fieldsOf(format as Format, kind);
  if (fields !== undefined && minor >= SINCE[format as Format]) return fields;
  throw new KubeadmFailure(
    `no kind "${kind}" is registered for version "${apiVersion}" in scheme "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/scheme/scheme.go"`,
  );
}

function checkFields(value: unknown, allowed: Fields, path: string): void {
  if (allowed === true || value === null || value === undefined) return;
  if (isList(allowed)) {
    if (!Array.isArray(value))
      throw new KubeadmFailure(`json: cannot unmarshal ${typeof value} into field ${path} of type []`);
    value.forEach((item, index) => checkFields(item, allowed[0], `${path}[${index}]`));
    return;
  }
  if (typeof value !== 'object' || Array.isArray(value))
    throw new KubeadmFailure(`json: cannot unmarshal into field ${path}`);
  for (const [key, item] of Object.entries(value)) {
    const where = path === '' ? key : `${path}.${key}`;
    const inner = Object.hasOwn(allowed, key) ? allowed[key] : undefined;
    if (inner === undefined) throw new KubeadmFailure(`strict decoding error: unknown field "${where}"`);
    checkFields(item, inner, where);
  }
}

/** Lists of name and value came with v1beta4. */
function checkArguments(fields: Readonly<Record<string, unknown>>, apiVersion: string): void {
  const wantsList = apiVersion.endsWith('v1beta4');
  const walk = (value: unknown, key: string): void => {
    if ((key === 'extraArgs' || key === 'kubeletExtraArgs') && Array.isArray(value) !== wantsList) {
      const type = wantsList ? '[]v1beta4.Arg' : 'map[string]string';
      throw new KubeadmFailure(
        `json: cannot unmarshal ${wantsList ? 'object' : 'array'} into Go struct field ${key} of type ${type}`,
      );
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      for (const [inner, item] of Object.entries(value)) walk(item, inner);
  };
  walk(fields, '');
}

function isList(fields: Fields): fields is readonly [Fields] {
  return Array.isArray(fields);
}
