/** One call of the API: its path, its parameters, who may make it and what it does. */
import type { ParameterSchema, ParameterSpec, Parameters } from './parameters.js';
import type { Session } from './privileges.js';

export interface Call {
  readonly session: Session;
  readonly params: Parameters;
  /** The uploaded file, where the call takes one. */
  readonly upload: Upload | null;
  /** The host whose own address the call came to. */
  readonly via: string;
}

export interface Upload {
  readonly bytes: Uint8Array;
}

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Such as `/nodes/{node}/qemu/{vmid}`; `{volume}` takes slashes too. */
  readonly path: string;
  /** All parameters, those in the path included. */
  readonly parameters: ParameterSchema;
  /** Takes a multipart body with one file. */
  readonly takesUpload?: true;
  /** Runs before the parameters are looked at. `path` has the values from the path. @throws ApiError 403. */
  readonly permit?: (session: Session, path: ReadonlyMap<string, string>) => void;
  readonly handle: (call: Call) => unknown;
}

/** An answer that says how many items there are in all. */
export class Page {
  readonly data: readonly unknown[];
  readonly total: number;

  constructor(data: readonly unknown[], total: number) {
    this.data = data;
    this.total = total;
  }
}

export const NODE: ParameterSpec = {
  type: 'string',
  pattern: /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/,
};
export const VMID: ParameterSpec = { type: 'integer', minimum: 100, maximum: 999_999_999 };
export const STORAGE: ParameterSpec = { type: 'string', pattern: /^[a-zA-Z][a-zA-Z0-9\-_.]*[a-zA-Z0-9]$/ };
export const TEXT: ParameterSpec = { type: 'string' };
export const FLAG: ParameterSpec & { readonly optional: true } = { type: 'boolean', optional: true };
export const AMOUNT: ParameterSpec & { readonly optional: true } = {
  type: 'integer',
  optional: true,
  minimum: 0,
};
export const OPTIONAL_TEXT: ParameterSpec & { readonly optional: true } = { type: 'string', optional: true };
