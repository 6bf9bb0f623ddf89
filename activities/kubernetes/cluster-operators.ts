/** What the operators of OpenShift and OKD say of the cluster (https://docs.okd.io/latest/operators/operator-reference.html). */
import { CustomObjectsApi, type KubeConfig } from '@kubernetes/client-node';

interface Conditioned {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

const GROUP = { group: 'config.openshift.io', version: 'v1' } as const;
const MOST_CHARACTERS = 200;

/** @returns one sentence for each that is not Available, or is Degraded or Progressing; none when the cluster is done. */
export async function clusterOperatorProblems(config: KubeConfig): Promise<string[]> {
  const api = config.makeApiClient(CustomObjectsApi);
  const list = async (plural: string): Promise<readonly Conditioned[]> =>
    ((await api.listClusterCustomObject({ ...GROUP, plural })) as { items: Conditioned[] }).items;
  const versions = await list('clusterversions');
  const operators = await list('clusteroperators');
  return [
    ...(versions.length === 0 ? ['there is no cluster version yet'] : []),
    ...versions.flatMap((version) =>
      problemsOf(`cluster version ${version.metadata.name}`, version, 'Failing'),
    ),
    ...(operators.length === 0 ? ['there are no cluster operators yet'] : []),
    ...operators.flatMap((one) => problemsOf(`cluster operator ${one.metadata.name}`, one, 'Degraded')),
  ];
}

function problemsOf(what: string, { status }: Conditioned, broken: 'Failing' | 'Degraded'): string[] {
  const find = (type: string) => status?.conditions?.find((condition) => condition.type === type);
  const reason = (type: string): string => {
    const { reason: why, message } = find(type) ?? {};
    const text = [why, message].filter((part) => part !== undefined && part !== '').join(': ');
    return text === '' ? '' : ` (${text.slice(0, MOST_CHARACTERS)})`;
  };
  return [
    ...(find('Available')?.status === 'True' ? [] : [`${what} is not Available${reason('Available')}`]),
    ...(find(broken)?.status === 'True' ? [`${what} is ${broken}${reason(broken)}`] : []),
    ...(find('Progressing')?.status === 'True' ? [`${what} is Progressing${reason('Progressing')}`] : []),
  ];
}
