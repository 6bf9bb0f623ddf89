/** The grammars of configuration values: text in, typed value out. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';
import { parseAddress } from '../../domain/network/address.js';
import { parseCidr } from '../../domain/network/cidr.js';

export const trueOrFalse = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((text) => text === 'true');

export function wholeNumber(from: number, to: number): z.ZodType<number, string> {
  const message = `must be a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d{1,10}$/, { error: message, abort: true })
    .transform(Number)
    .refine((value) => value >= from && value <= to, message);
}

export const hostName = z.string().regex(/^[A-Za-z0-9.:-]+$/, 'must be a host name or an IP address');

const HOST_AND_PORT = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):\d{1,5}$/;

export const hostAndPort = z.string().regex(HOST_AND_PORT, 'must be written host:port');

export function listOf<T>(item: z.ZodType<T, string>): z.ZodType<T[], string> {
  return z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item));
}

export const sha256Hex = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be SHA-256 hashes as 64 lower-case hexadecimal digits, separated by commas');

/** Only where something listens for the Proxmox API: no path, no credentials. */
export const httpsOrigin = z
  .string()
  .refine(isHttpsOrigin, 'must be an https:// address without path, such as "https://pve1.example.com:8006"')
  .transform((text) => new URL(text).origin);

/** Where machines reach something that listens for them: no path, no credentials. */
export const httpOrigin = z
  .string()
  .refine(
    isHttpOrigin,
    'must be an http:// or https:// address without path, such as "http://10.1.107.2:8082"',
  )
  .transform((text) => new URL(text).origin);

/** An address or a subnet. */
export const addressOrSubnet = z
  .string()
  .refine(
    (text) => parseAddress(text) !== undefined || typeof parseCidr(text) !== 'string',
    'must be addresses or subnets, separated by commas',
  );

/** An existing folder, so that a wrong one is found at the start and not by a machine that boots. */
export const folder = z.string().transform((path, context) => {
  try {
    if (statSync(path).isDirectory()) return resolve(path);
    context.addIssue('must name a folder');
  } catch (error) {
    context.addIssue(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return z.NEVER;
});

/** It is written into a shell line: nothing in it may end the quotes. */
export const httpsUrl = z
  .string()
  .regex(/^https:\/\/[A-Za-z0-9.:_~%/?&=+-]+$/, { error: 'must be an https:// address', abort: true })
  .refine((text) => URL.canParse(text), 'must be an https:// address');

/** What a tag or a digest does not pin may be another program tomorrow. */
export const containerImage = z
  .string()
  .regex(
    /^[a-z0-9][A-Za-z0-9._:/-]*(?::[A-Za-z0-9_][A-Za-z0-9._-]*|@sha256:[0-9a-f]{64})$/,
    'must be a container image with a tag or a digest, such as "registry.example.com/kube-vip:v0.9.2"',
  );

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

const SOCKS_PROXY = /^socks5:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):(?<port>\d{1,5})\/?$/;

export const socksProxy: z.ZodType<string, string> = z
  .string()
  .refine((text) => Number(SOCKS_PROXY.exec(text)?.groups?.['port'] ?? Infinity) <= 65_535, {
    error: 'must be written socks5://host:port',
  })
  .transform((text) => text.replace(/\/$/, ''));

export interface ProxmoxToken {
  /** `user@realm!name` */
  readonly id: string;
  readonly secret: string;
}

const TOKEN =
  /^(?<id>[^\s:/!@]+@[A-Za-z][A-Za-z0-9._-]+![A-Za-z][A-Za-z0-9._-]+)=(?<secret>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

export const proxmoxToken: z.ZodType<ProxmoxToken, string> = z
  .string()
  .regex(TOKEN, { error: 'must be an API token, written user@realm!name=uuid', abort: true })
  .transform((text) => {
    const groups = TOKEN.exec(text)?.groups;
    return { id: groups?.['id'] ?? '', secret: groups?.['secret'] ?? '' };
  });

/** As Node and `pvenode cert info` write it: upper case, with colons. */
export const fingerprint = z
  .string()
  .regex(/^(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/, 'must be a SHA-256 fingerprint of 64 hexadecimal digits')
  .transform((text) => (text.replaceAll(':', '').toUpperCase().match(/../g) ?? []).join(':'));

/** Read at once, so that a missing file is found at the start and not at the first call. */
export const certificateFile = z.string().transform((path, context) => {
  try {
    const pem = readFileSync(path, 'utf8');
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
    context.addIssue('must name a file with PEM certificates');
  } catch (error) {
    context.addIssue(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return z.NEVER;
});

const SECRETS_KEY_BYTES = 32;

export const secretsKey = z
  .string()
  .refine((text) => {
    const key = Buffer.from(text, 'base64');
    return key.length === SECRETS_KEY_BYTES && key.toString('base64') === text;
  }, 'must be 32 bytes as base64; make one with `openssl rand -base64 32`')
  .transform((text) => Buffer.from(text, 'base64'));

/** Whether only programs on the same machine can reach what listens there. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const address = parseAddress(host);
  if (address === undefined) return false;
  return address.family === 4 ? address.value >> 24n === 127n : address.value === 1n;
}

function isHttpsOrigin(text: string): boolean {
  return isHttpOrigin(text) && new URL(text).protocol === 'https:';
}

function isHttpOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, pathname, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '' && pathname === '/';
}
