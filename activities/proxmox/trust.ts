/** How the certificate of Proxmox VE is checked. There is no way to leave it unchecked. */
import { Agent, buildConnector } from 'undici';
import { fail } from '../../domain/errors.js';
import type { CertificateTrust } from '../../schema/configuration.js';
import { NoConnection } from './transport-error.js';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Whatever keeps it from connecting is thrown as a `NoConnection`: only the connector knows that nothing was sent, as
 * the same codes also come from connections that break.
 * @throws `PROXMOX_CERTIFICATE_MISMATCH` when the fingerprint is none.
 */
export function trustedAgent(trust: CertificateTrust): Agent {
  const connect = trust.kind === 'fingerprint' ? pinned(plainHex(trust.sha256)) : verified(trust);
  const marked: buildConnector.connector = (options, callback) =>
    connect(options, (...[error, socket]) =>
      error === null ? callback(null, socket) : callback(new NoConnection(error), null),
    );
  // Each call has a deadline of its own, which covers the whole answer.
  return new Agent({ connect: marked, headersTimeout: 0, bodyTimeout: 0 });
}

function verified(trust: Exclude<CertificateTrust, { kind: 'fingerprint' }>): buildConnector.connector {
  return buildConnector({ timeout: CONNECT_TIMEOUT_MS, ...(trust.kind === 'ca' ? { ca: trust.pem } : {}) });
}

/** Compares before the connection is handed on: nothing, and no token, is sent to a server that is not the pinned one. */
function pinned(sha256: string): buildConnector.connector {
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
