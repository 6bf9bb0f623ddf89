/** How the certificate of Proxmox VE is checked. There is no way to leave it unchecked. */
import { Agent, buildConnector } from 'undici';
import { fail } from '../../domain/errors.js';
import type { CertificateTrust } from '../../schema/configuration.js';

const CONNECT_TIMEOUT_MS = 10_000;

/** @throws `PROXMOX_CERTIFICATE_MISMATCH` when the fingerprint is none. */
export function trustedAgent(trust: CertificateTrust): Agent {
  const connect = trust.kind === 'fingerprint' ? pinnedConnector(plainHex(trust.sha256)) : verified(trust);
  // Each call has a deadline of its own, which covers the whole answer.
  return new Agent({ connect, headersTimeout: 0, bodyTimeout: 0 });
}

function verified(trust: Exclude<CertificateTrust, { kind: 'fingerprint' }>): buildConnector.BuildOptions {
  return { timeout: CONNECT_TIMEOUT_MS, ...(trust.kind === 'ca' ? { ca: trust.pem } : {}) };
}

/** Compares before the connection is handed on: nothing, and no token, is sent to a server that is not the pinned one. */
function pinnedConnector(sha256: string): buildConnector.connector {
  const connect = buildConnector({
    // The chain says nothing about a self-signed certificate; its fingerprint is compared instead.
    rejectUnauthorized: false,
    // A resumed session shows no certificate to compare.
    maxCachedSessions: 0,
    timeout: CONNECT_TIMEOUT_MS,
  });
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      const shown = 'getPeerCertificate' in socket ? socket.getPeerCertificate().fingerprint256 : undefined;
      if (shown !== undefined && plainHex(shown) === sha256) return callback(null, socket);
      socket.destroy();
      const detail = `the server shows ${shown ?? 'no certificate'}, not the pinned ${sha256}`;
      return callback(fail('PROXMOX_CERTIFICATE_MISMATCH', detail), null);
    });
  };
}

function plainHex(fingerprint: string): string {
  const hex = fingerprint.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    throw fail('PROXMOX_CERTIFICATE_MISMATCH', `"${fingerprint}" is no SHA-256 fingerprint`);
  }
  return hex;
}
