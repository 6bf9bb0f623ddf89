/** Where a control-plane machine has its own etcd, and the certificates to ask it with. */
import type { ClusterType } from '../../domain/cluster-definition.js';

export interface GatewayAccess {
  /** Tried in this order: where HTTP has a port of its own, the other one speaks gRPC only. */
  readonly ports: readonly number[];
  /** Of PEM files; the first that is there is taken. */
  readonly authorities: readonly string[];
  readonly certificate: string;
  readonly key: string;
  /** Of systemd: what would join the cluster anew with the machine's settings; `null`: nothing does. */
  readonly unit: string | null;
}

const HTTP_PORT = 2_382;
const CLIENT_PORT = 2_379;
const KUBEADM_PKI = '/etc/kubernetes/pki/etcd';
const OKD_CERTIFICATES = '/etc/kubernetes/static-pod-resources/etcd-certs';

/** @param node name of the machine. */
export function gatewayAccess(type: Exclude<ClusterType, 'TALOS'>, node: string): GatewayAccess {
  switch (type) {
    // https://docs.k3s.io/cli/etcd-snapshot, and where K3s and RKE2 (which is K3s's own code) let etcd listen.
    case 'K3S':
      return rancher('k3s', 'k3s');
    case 'RKE2':
      return rancher('rke2', 'rke2-server');
    // https://kubernetes.io/docs/setup/best-practices/certificates/
    case 'VANILLA':
      return {
        ports: [CLIENT_PORT],
        authorities: [`${KUBEADM_PKI}/ca.crt`],
        certificate: `${KUBEADM_PKI}/healthcheck-client.crt`,
        key: `${KUBEADM_PKI}/healthcheck-client.key`,
        unit: null,
      };
    // The files that the static pod of etcd itself has mounted, as the cluster's etcd operator lays them out.
    case 'OKD':
      return {
        ports: [CLIENT_PORT],
        authorities: [
          `${OKD_CERTIFICATES}/configmaps/etcd-all-bundles/server-ca-bundle.crt`,
          `${OKD_CERTIFICATES}/configmaps/etcd-serving-ca/ca-bundle.crt`,
        ],
        certificate: `${OKD_CERTIFICATES}/secrets/etcd-all-certs/etcd-peer-${node}.crt`,
        key: `${OKD_CERTIFICATES}/secrets/etcd-all-certs/etcd-peer-${node}.key`,
        unit: null,
      };
  }
}

function rancher(program: 'k3s' | 'rke2', unit: string): GatewayAccess {
  const folder = `/var/lib/rancher/${program}/server/tls/etcd`;
  return {
    ports: [HTTP_PORT, CLIENT_PORT],
    authorities: [`${folder}/server-ca.crt`],
    certificate: `${folder}/client.crt`,
    key: `${folder}/client.key`,
    unit,
  };
}
