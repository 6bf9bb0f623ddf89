/** What a cluster is before any machine of it runs: the install programme decides it, and its Ignition files carry it. */
import type { Credential } from '../../kubernetes/pki/certificates.js';
import { createAuthority, issueServingCertificate } from '../../kubernetes/pki/certificates.js';
import { adminKubeconfig } from '../../kubernetes/pki/kubeconfig.js';
import { createClusterKeys } from '../../kubernetes/pki/cluster-keys.js';
import type { InstallConfig } from './install-config.js';

export interface Installation {
  readonly id: string;
  readonly version: string;
  /** Such as `okd.lab.internal`. */
  readonly domain: string;
  readonly config: InstallConfig;
  readonly mastersSchedulable: boolean;
  readonly authority: Credential;
  /** Of the machine-config server. */
  readonly serving: Credential;
  /** Milliseconds since the epoch: kubelets that come for the first time show certificates that end a day later. */
  readonly madeAt: number;
}

export const FIRST_CERTIFICATES_MS = 24 * 3_600_000;
/** Carried by the bootstrap document. */
export const INSTALLATION_FILE = '/opt/openshift/tls/installation.json';
/** Carried by what the machine-config server gives to masters and workers. */
export const NODE_FILE = '/etc/kubernetes/installation-node.json';
export const MACHINE_CONFIG_PORT = 22_623;
export const API_PORT = 6_443;

export function apiInt({ domain }: Pick<Installation, 'domain'>): string {
  return `api-int.${domain}`;
}

export async function newInstallation(
  identity: Pick<Installation, 'id' | 'version' | 'config' | 'mastersSchedulable' | 'madeAt'>,
): Promise<{ readonly installation: Installation; readonly kubeconfig: string }> {
  const domain = `${identity.config.name}.${identity.config.baseDomain}`;
  const authority = await createAuthority('root-ca');
  const serving = await issueServingCertificate(authority, [`api-int.${domain}`]);
  const keys = await createClusterKeys(authority);
  const installation = { ...identity, domain, authority, serving };
  return { installation, kubeconfig: adminKubeconfig(keys, `https://api.${domain}:${API_PORT}`) };
}

const BOOTKUBE_UNIT = `[Unit]
Description=Bootstrap a Kubernetes cluster
ConditionPathExists=!/opt/openshift/.bootkube.done

[Service]
Type=oneshot
RemainAfterExit=true
ExecStart=/usr/bin/simulated-bootkube
Restart=on-failure
RestartSec=5s

[Install]
WantedBy=multi-user.target
`;

const KUBELET_UNIT = `[Unit]
Description=Kubernetes Kubelet

[Service]
Type=notify
ExecStart=/usr/bin/simulated-okd-kubelet
Restart=always
RestartSec=10s

[Install]
WantedBy=multi-user.target
`;

export function bootstrapDocument(installation: Installation): string {
  return JSON.stringify({
    ignition: { version: '3.2.0' },
    passwd: { users: [coreUser(installation)] },
    storage: { files: [file(INSTALLATION_FILE, 0o600, JSON.stringify(installation))] },
    systemd: { units: [{ name: 'bootkube.service', enabled: true, contents: BOOTKUBE_UNIT }] },
  });
}

/** Nothing but where the rest is, and by whom it is signed. */
export function pointerDocument(installation: Installation, pool: 'master' | 'worker'): string {
  const certificate = Buffer.from(installation.authority.certificate).toString('base64');
  return JSON.stringify({
    ignition: {
      version: '3.2.0',
      config: {
        merge: [{ source: `https://${apiInt(installation)}:${MACHINE_CONFIG_PORT}/config/${pool}` }],
      },
      security: {
        tls: {
          certificateAuthorities: [{ source: `data:text/plain;charset=utf-8;base64,${certificate}` }],
        },
      },
    },
  });
}

export interface NodeFile {
  readonly clusterId: string;
  readonly pool: 'master' | 'worker';
  readonly apiInt: string;
  readonly authority: string;
  /** Milliseconds since the epoch. */
  readonly credentialEndsAt: number;
}

export function nodeDocument(
  installation: Installation,
  pool: 'master' | 'worker',
  credentialEndsAt: number,
): string {
  const node: NodeFile = {
    clusterId: installation.id,
    pool,
    apiInt: apiInt(installation),
    authority: installation.authority.certificate,
    credentialEndsAt,
  };
  return JSON.stringify({
    ignition: { version: '3.4.0' },
    passwd: { users: [coreUser(installation)] },
    storage: { files: [file(NODE_FILE, 0o600, JSON.stringify(node))] },
    systemd: { units: [{ name: 'kubelet.service', enabled: true, contents: KUBELET_UNIT }] },
  });
}

function coreUser({ config }: Installation) {
  return { name: 'core', sshAuthorizedKeys: [config.sshKey] };
}

function file(path: string, mode: number, text: string) {
  return { path, mode, overwrite: true, contents: { source: `data:,${encodeURIComponent(text)}` } };
}
