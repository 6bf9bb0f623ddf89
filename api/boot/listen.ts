/** The boot service's own listener: strangers reach it, so it gives them little of everything. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { BootServiceConfiguration } from '../../schema/configuration.js';
import type { BootTokens } from '../../store/boot-port.js';
import { createBootApp } from './app.js';

export interface BootListener {
  readonly port: number;
  /** Answers under way are given time to end; an initrd may take long. */
  close(): Promise<void>;
}

const MAX_HEADER_BYTES = 8 * 1_024;
const HEADERS_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 60_000;
const MOST_CONNECTIONS = 2_048;

export async function listenForBoots(
  configuration: BootServiceConfiguration,
  { boots, log }: { readonly boots: BootTokens; readonly log: Logger },
): Promise<BootListener> {
  const { url, listen, filesPath, trustedProxies } = configuration;
  const app = createBootApp({ boots, url, filesPath, trustedProxies, log });
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: HEADERS_TIMEOUT_MS,
    },
    app,
  );
  server.maxConnections = MOST_CONNECTIONS;
  // Somebody who reads nothing does not hold a connection for ever.
  server.setTimeout(IDLE_TIMEOUT_MS);
  server.listen(listen.port, listen.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  log.info({ url, host: listen.host, port }, 'boot service listens');
  return {
    port,
    close: async () => {
      server.close();
      server.closeIdleConnections();
      await once(server, 'close');
    },
  };
}
