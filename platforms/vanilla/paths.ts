/** Where things are on a machine. What is below `/etc/clusterwright` outlives `kubeadm reset`. */
export const KUBEADM_CONFIGURATION = '/etc/clusterwright/kubeadm.yaml';
export const NETWORK_MANIFEST = '/etc/clusterwright/network.json';
export const ENCRYPTION_FOLDER = '/etc/kubernetes/encryption';
export const ENCRYPTION_CONFIGURATION = `${ENCRYPTION_FOLDER}/configuration.json`;
export const KUBE_VIP_MANIFEST = '/etc/kubernetes/manifests/kube-vip.yaml';
export const ADMIN_KUBECONFIG = '/etc/kubernetes/admin.conf';
/** Only where the cluster was formed. */
export const SUPER_ADMIN_KUBECONFIG = '/etc/kubernetes/super-admin.conf';
/** Written when the API has signed the machine's certificate: the proof that it was let in. */
export const KUBELET_KUBECONFIG = '/etc/kubernetes/kubelet.conf';
export const PKI = '/etc/kubernetes/pki';
export const ETCD_DATA = '/var/lib/etcd/member';
export const MANIFESTS = '/etc/kubernetes/manifests';
export const ETCD_MANIFEST = `${MANIFESTS}/etcd.yaml`;
export const API_SERVER_MANIFEST = `${MANIFESTS}/kube-apiserver.yaml`;
