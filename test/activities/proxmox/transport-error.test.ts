import { expect, test } from '@jest/globals';
import { NoConnection, transportFailure } from '../../../activities/proxmox/transport-error.js';
import { fail } from '../../../domain/errors.js';

const CHANGE = { method: 'POST', path: '/nodes/hv5/qemu' };
const LOOK = { method: 'GET', path: '/nodes' };

function systemError(code: string): Error {
  return Object.assign(new Error(`something ${code}`), { code });
}

/** As undici reports what its connector, or the connection, met. */
function fetchFailed(cause: Error): Error {
  return new TypeError('fetch failed', { cause });
}

test.each(['ETIMEDOUT', 'EHOSTUNREACH', 'ECONNRESET', 'UND_ERR_SOCKET'])(
  '%s of a connection that was there leaves the outcome of a change unknown; before there was one, it was not sent',
  (code) => {
    const broken = transportFailure(CHANGE, fetchFailed(systemError(code)));
    const refused = transportFailure(CHANGE, fetchFailed(new NoConnection(systemError(code))));

    expect(broken).toMatchObject({ mayHaveArrived: true, error: { code: 'OUTCOME_UNKNOWN' } });
    expect(refused).toMatchObject({
      mayHaveArrived: false,
      error: { code: 'PROXMOX_UNREACHABLE', message: `POST /nodes/hv5/qemu: ${code} something ${code}` },
    });
  },
);

test('a look is only ever not answered', () => {
  const { error } = transportFailure(LOOK, fetchFailed(systemError('ECONNRESET')));

  expect(error.code).toBe('PROXMOX_UNREACHABLE');
});

test('all addresses of a host that refuse are one failure to connect', () => {
  const both = new AggregateError([systemError('ECONNREFUSED'), systemError('ENETUNREACH')]);

  expect(transportFailure(CHANGE, fetchFailed(new NoConnection(both)))).toMatchObject({
    mayHaveArrived: false,
    error: { code: 'PROXMOX_UNREACHABLE', message: expect.stringContaining('ECONNREFUSED') },
  });
});

test.each([
  fail('PROXMOX_CERTIFICATE_MISMATCH', 'not the pinned one'),
  systemError('DEPTH_ZERO_SELF_SIGNED_CERT'),
])('a certificate that is not trusted is met before anything is sent (%s)', (cause) => {
  expect(transportFailure(CHANGE, fetchFailed(new NoConnection(cause)))).toMatchObject({
    mayHaveArrived: false,
    error: { code: 'PROXMOX_CERTIFICATE_MISMATCH' },
  });
});
