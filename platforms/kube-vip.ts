/** kube-vip, where control-plane machines keep the API's address among themselves. */
import type { GuestStep } from '../domain/guest-step.js';
import type { KubeVip } from '../domain/load-balancer/kube-vip.js';
import { PRIMARY_INTERFACE } from '../domain/network/interface-names.js';
import { isKubeVip } from '../domain/services/api-endpoint.js';
import type { PlatformCluster } from './platform.js';

const API_PORT = 6443;
/** Its image is pulled first. */
const TIMEOUT_SECONDS = 900;

/** `null`: the API has its address from elsewhere. */
export function kubeVipOf({ definition, endpoint, settings }: PlatformCluster): KubeVip | null {
  if (!isKubeVip(definition)) return null;
  const { kubeVipImage: image } = settings;
  return { address: endpoint.address, port: API_PORT, interface: PRIMARY_INTERFACE, image };
}

/**
 * Waits until the API is reached at the address: the machines that join know no other.
 * @param url what anybody is answered there.
 * @param trust curl's options for the certificate.
 */
export function addressStep({ address }: Pick<KubeVip, 'address'>, url: string, trust: string): GuestStep {
  const answers = `curl -s --max-time 10 ${trust} -o /dev/null '${url}'`;
  return {
    id: 'api-address',
    title: `Wait until kube-vip has the address ${address}`,
    files: [],
    observe: answers,
    act: null,
    verify: answers,
    timeoutSeconds: TIMEOUT_SECONDS,
  };
}
