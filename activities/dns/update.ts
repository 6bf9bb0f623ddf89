/** The parts of an update (RFC 2136, sections 2.4 and 2.5): what has to hold before, and what is changed then. */
import type { SentRecord } from './message.js';
import { addressType, CLASSES, encodeAddress, encodeText, TYPES } from './record-data.js';

const NOTHING = Buffer.alloc(0);

/** Nobody has records of any type by this name; a wildcard that covers it does not count. */
export function nameIsFree(name: string): SentRecord {
  return { name, type: TYPES.ANY, class: CLASSES.NONE, ttlSeconds: 0, data: NOTHING };
}

/** The name has no records of the type. */
export function hasNo(name: string, type: number): SentRecord {
  return { name, type, class: CLASSES.NONE, ttlSeconds: 0, data: NOTHING };
}

/** The name has this text, and no other. */
export function saysOnly(name: string, text: string): SentRecord {
  return { name, type: TYPES.TXT, class: CLASSES.IN, ttlSeconds: 0, data: encodeText(text) };
}

export function addAddress(name: string, address: string, ttlSeconds: number): SentRecord {
  const data = encodeAddress(address);
  return { name, type: addressType(address), class: CLASSES.IN, ttlSeconds, data };
}

export function addText(name: string, text: string, ttlSeconds: number): SentRecord {
  return { name, type: TYPES.TXT, class: CLASSES.IN, ttlSeconds, data: encodeText(text) };
}

/** Takes this address from the name, and leaves its others. */
export function dropAddress(name: string, address: string): SentRecord {
  return { ...addAddress(name, address, 0), class: CLASSES.NONE };
}

export function dropText(name: string, text: string): SentRecord {
  return { ...addText(name, text, 0), class: CLASSES.NONE };
}
