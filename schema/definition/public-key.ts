/** SSH public keys as `authorized_keys` has them (RFC 4253, section 6.6): checked down to their inner structure. */

const ALGORITHMS: Readonly<Record<string, { fields: number; keyLength?: number }>> = {
  'ssh-ed25519': { fields: 1, keyLength: 32 },
  'sk-ssh-ed25519@openssh.com': { fields: 2, keyLength: 32 },
  'ecdsa-sha2-nistp256': { fields: 2 },
  'ecdsa-sha2-nistp384': { fields: 2 },
  'ecdsa-sha2-nistp521': { fields: 2 },
  'sk-ecdsa-sha2-nistp256@openssh.com': { fields: 3 },
  'ssh-rsa': { fields: 2 },
};

/** OpenSSH refuses shorter RSA keys by default or will soon. */
const MIN_RSA_BITS = 2048;

/** Why the line is no public key that may log in; `null` when it is one. Options before the key are refused. */
export function publicKeyObjection(line: string): string | null {
  if (/[\r\n\0]/.test(line)) return 'must be one line';
  const [algorithm = '', encoded = ''] = line.split(' ');
  const known = Object.hasOwn(ALGORITHMS, algorithm) ? ALGORITHMS[algorithm] : undefined;
  if (known === undefined) {
    return 'must be a public SSH key: begin with ssh-ed25519, ecdsa-sha2-nistp256/384/521, ssh-rsa or an sk- type';
  }
  const blob = Buffer.from(encoded, 'base64');
  if (blob.toString('base64') !== encoded) return 'must have its key as base64 after the type';

  const [inner, ...fields] = lengthPrefixed(blob) ?? [];
  if (inner?.toString('latin1') !== algorithm) return `does not hold a key of the type ${algorithm}`;
  if (fields.length !== known.fields || fields.some(({ length }) => length === 0))
    return 'holds a damaged key';
  if (known.keyLength !== undefined && fields[0]?.length !== known.keyLength) return 'holds a damaged key';
  const bits = algorithm === 'ssh-rsa' ? bitLength(fields[1]) : MIN_RSA_BITS;
  return bits < MIN_RSA_BITS ? `is an RSA key of ${bits} bits; ${MIN_RSA_BITS} are the least` : null;
}

/** Splits what SSH calls strings: four bytes of length, then that many bytes. */
function lengthPrefixed(blob: Buffer): Buffer[] | undefined {
  const parts: Buffer[] = [];
  let offset = 0;
  while (offset < blob.length) {
    if (offset + 4 > blob.length) return undefined;
    const end = offset + 4 + blob.readUInt32BE(offset);
    if (end > blob.length) return undefined;
    parts.push(blob.subarray(offset + 4, end));
    offset = end;
  }
  return parts;
}

function bitLength(integer: Buffer | undefined): number {
  return BigInt(`0x${integer?.toString('hex') || '0'}`).toString(2).length;
}
