/** A kubeconfig whose API is reached through a proxy, at an address. */
import { isIP } from 'node:net';
import type { Agent, RequestOptions } from 'node:https';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { KubeConfig, type RequestContext } from '@kubernetes/client-node';

/**
 * The agent for SOCKS proxies forgets an address before it looks at the server's certificate, which then would have to
 * be one for `localhost`: that of kubeadm is none, and those that are could be anybody's. Names come through.
 */
export class ProxiedKubeConfig extends KubeConfig {
  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    this.expectServer(context.getAgent());
  }

  override async applyToHTTPSOptions(options: RequestOptions): Promise<void> {
    await super.applyToHTTPSOptions(options);
    this.expectServer(options.agent);
  }

  private expectServer(agent: unknown): void {
    const cluster = this.getCurrentCluster();
    if (cluster === null || cluster.tlsServerName !== undefined) return;
    const address = new URL(cluster.server).hostname.replace(/^\[|\]$/g, '');
    if (isIP(address) === 0) return;
    (agent as Agent).options.checkServerIdentity = (_: string, certificate: PeerCertificate) =>
      checkServerIdentity(address, certificate);
  }
}
