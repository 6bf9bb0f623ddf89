/** The embedded world: a Proxmox VE, the machines inside its VMs, and the Kubernetes that comes up on them. */
import { join } from 'node:path';
import { BOOT_SERVICE } from './boot-settings.js';
import { startControl } from './control.js';
import { exposeDatastore } from './datastore-settings.js';
import { startLabDns } from './dns/lab-dns.js';
import { Faults } from './faults.js';
import { createGuests } from './guest/guests.js';
import { createLabKubernetes } from './kubernetes/lab-kubernetes.js';
import { Latency } from './latency.js';
import { LabNetwork } from './network/lab-network.js';
import { startSocksServer } from './network/socks-server.js';
import type { LabOptions } from './options.js';
import { CSI_TOKEN } from './proxmox/tokens.js';
import { startProxmoxSimulator } from './proxmox/simulator.js';
import { LabState } from './state.js';

/** What the service has to be told to use the world: all that an operator would type in for a real one. */
export interface WorldAddresses {
  /** The first host's address. */
  readonly proxmoxUrl: string;
  /** The addresses of the first hosts, each of which serves the whole cluster. */
  readonly proxmoxUrls: readonly string[];
  readonly proxmoxToken: string;
  readonly proxmoxFingerprint: string;
  /** PEM, for those who cannot pin a fingerprint. */
  readonly proxmoxCertificate: string;
  /** Of the storage drivers of clusters. */
  readonly csiToken: string;
  readonly machineProxyUrl: string;
  /** Of a DNS server that takes records of clusters, such as `127.0.0.1:8053`. */
  readonly dnsAddress: string;
  /** As `DNS_KEYS` has them. */
  readonly dnsKeys: string;
  /** Faults, latencies and everything that exists; the product knows nothing of it. */
  readonly controlUrl: string;
}

export interface World extends WorldAddresses {
  readonly close: () => Promise<void>;
}

const HOST = '127.0.0.1';

export async function startWorld(options: LabOptions): Promise<World> {
  const state = new LabState(join(options.stateDir, 'lab'));
  const latency = new Latency({ speed: options.speed, seed: options.seed });
  const faults = new Faults();
  const network = new LabNetwork();
  network.expose(BOOT_SERVICE.address, BOOT_SERVICE.port, options.bootPort);
  exposeDatastore(network);
  const dns = await startLabDns({ host: HOST, port: options.dnsPort, state, faults });
  dns.serveIn(network);
  const kubernetes = createLabKubernetes({ state, latency, faults });
  const guests = createGuests({
    ...{ network, latency, faults, state, kubernetes },
    outerNames: dns.names,
    timeScale: options.speed,
  });
  const proxmox = await startProxmoxSimulator({
    host: HOST,
    port: options.proxmoxPort,
    addresses: 3,
    latency,
    faults,
    state,
    machines: guests,
    tokens: [CSI_TOKEN],
  });
  guests.onHalted((vmid) => proxmox.machineHalted(vmid));
  const proxy = await startSocksServer({ host: HOST, port: options.proxyPort, network });
  const control = await startControl({
    host: HOST,
    port: options.controlPort,
    faults,
    latency,
    inspect: () => ({ proxmox: proxmox.inspect(), guests: guests.inspect(), dns: dns.contents() }),
    clusters: () => guests.formed(),
    change: (change) => proxmox.change(change),
  });
  return {
    proxmoxUrl: proxmox.url,
    proxmoxUrls: proxmox.urls,
    proxmoxToken: proxmox.token,
    proxmoxFingerprint: proxmox.fingerprint,
    proxmoxCertificate: proxmox.certificate,
    csiToken: proxmox.tokens[CSI_TOKEN.id] ?? '',
    machineProxyUrl: proxy.url,
    dnsAddress: dns.address,
    dnsKeys: dns.keys,
    controlUrl: control.url,
    close: async () => {
      await control.close();
      await proxy.close();
      await proxmox.close();
      await guests.close();
      await dns.close();
      await kubernetes.close();
      state.flush();
    },
  };
}
