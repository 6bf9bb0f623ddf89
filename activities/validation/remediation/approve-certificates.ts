/** Approves what kubelets of nodes that have joined ask for, where it is proved to be theirs. */
import type { KubeConfig } from '@kubernetes/client-node';
import type { ValidatedMachine } from '../../../domain/validation/subject.js';
import { admissionObjection } from '../../kubernetes/approve-csrs.js';
import { kubernetesError } from '../../kubernetes/client.js';
import { Calls } from '../kubernetes/calls.js';
import { pendingRequests } from '../kubernetes/cluster-facts.js';
import { outcomeOf, type RemediationOutcome } from './outcome.js';

/** No account is let in here: a machine that has not joined is admitted where it is made. */
const NOBODY = 'nobody:new';

/** @throws `KUBERNETES_UNREACHABLE`, `KUBERNETES_REJECTED` */
export async function approveCertificates(
  config: KubeConfig,
  nodes: readonly ValidatedMachine[],
): Promise<RemediationOutcome> {
  const pending = async (): Promise<string[]> => {
    try {
      return (await pendingRequests(new Calls(config))).map(({ name, why }) => `${name} (${why})`);
    } catch (error) {
      throw kubernetesError(error);
    }
  };
  const before = await pending();
  const objections: string[] = [];
  for (const { name, address } of before.length === 0 ? [] : nodes) {
    const identity = { node: name, addresses: [address], bootstrapUser: NOBODY };
    const objection = await admissionObjection(config, identity);
    if (objection !== null) objections.push(`${name}: ${objection}`);
  }
  const after = await pending();
  const approved = before.filter((name) => !after.includes(name));
  return outcomeOf(
    approved.map((name) => `${name} was approved`),
    [...after.map((name) => `${name} was left alone: it is not proved`), ...objections],
  );
}
