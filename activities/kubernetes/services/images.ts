/** What runs in clusters by our hand, each at one version that was tried together with the others. */

export const IMAGES = {
  proxmoxCsiController: 'ghcr.io/sergelogvinov/proxmox-csi-controller:v0.19.1',
  proxmoxCsiNode: 'ghcr.io/sergelogvinov/proxmox-csi-node:v0.19.1',
  nfsCsi: 'registry.k8s.io/sig-storage/nfsplugin:v4.13.4',
  csiAttacher: 'registry.k8s.io/sig-storage/csi-attacher:v4.10.0',
  csiProvisioner: 'registry.k8s.io/sig-storage/csi-provisioner:v5.3.0',
  csiResizer: 'registry.k8s.io/sig-storage/csi-resizer:v1.14.0',
  csiNodeDriverRegistrar: 'registry.k8s.io/sig-storage/csi-node-driver-registrar:v2.15.0',
  csiLivenessProbe: 'registry.k8s.io/sig-storage/livenessprobe:v2.16.0',
  nodeExporter: 'quay.io/prometheus/node-exporter:v1.12.1',
  kubeStateMetrics: 'registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0',
  pause: 'registry.k8s.io/pause:3.10',
  agnhost: 'registry.k8s.io/e2e-test-images/agnhost:2.53',
} as const;

export type ImageName = keyof typeof IMAGES;

/** Where nodes pull an image from. */
export type ImageSource = (name: ImageName) => string;

/** @param mirror a registry, with a folder perhaps, that has them under the same paths; `null`: each from its own registry. */
export function imagesFrom(mirror: string | null): ImageSource {
  return (name) => {
    const image = IMAGES[name];
    return mirror === null ? image : `${mirror}/${image.slice(image.indexOf('/') + 1)}`;
  };
}
