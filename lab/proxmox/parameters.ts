/** Parameters of a call, checked against a schema as PVE's JSONSchema does, with its texts. */
import { refuseParameters } from './api-error.js';

export interface ParameterSpec {
  readonly type: 'string' | 'integer' | 'number' | 'boolean';
  readonly optional?: true;
  readonly values?: readonly string[];
  readonly pattern?: RegExp;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  /** Another parameter that has to come with it. */
  readonly requires?: string;
  /** Returns what is wrong with the value. */
  readonly format?: (value: string) => string | undefined;
}

export type ParameterSchema = Readonly<Record<string, ParameterSpec>>;

const UNKNOWN = 'property is not defined in schema and the schema does not allow additional properties';
const TRUE = /^(?:1|on|yes|true)$/i;
const TYPES: Readonly<Record<ParameterSpec['type'], RegExp>> = {
  string: /^[^]*$/,
  integer: /^[+-]?\d+$/,
  number: /^[+-]?\d+(?:\.\d+)?$/,
  boolean: /^(?:1|0|on|off|yes|no|true|false)$/i,
};

export class Parameters {
  private readonly values: ReadonlyMap<string, string>;

  constructor(values: ReadonlyMap<string, string>) {
    this.values = values;
  }

  /** @throws Error when a parameter that the schema demands is not there: the endpoint's own mistake. */
  required(name: string): string {
    const value = this.values.get(name);
    if (value === undefined) throw new Error(`endpoint without parameter '${name}'`);
    return value;
  }

  text(name: string): string | undefined {
    return this.values.get(name);
  }

  number(name: string): number | undefined {
    const value = this.values.get(name);
    return value === undefined ? undefined : Number(value);
  }

  flag(name: string): boolean {
    return TRUE.test(this.values.get(name) ?? '');
  }

  /** All but the named ones. */
  without(...names: readonly string[]): Map<string, string> {
    return new Map([...this.values].filter(([name]) => !names.includes(name)));
  }
}

/** @throws ApiError 400 that names every parameter that is wrong. */
export function verifyParameters(schema: ParameterSchema, raw: ReadonlyMap<string, unknown>): Parameters {
  const errors = new Map<string, string>();
  const values = new Map<string, string>();
  for (const [name, spec] of Object.entries(schema)) {
    if (!raw.has(name)) {
      if (spec.optional !== true) errors.set(name, 'property is missing and it is not optional');
      continue;
    }
    const value = plainText(raw.get(name));
    const objection = value === undefined ? `type check ('${spec.type}') failed` : objectionTo(value, spec);
    if (objection !== undefined) errors.set(name, objection);
    else if (value !== undefined) values.set(name, normalised(value, spec));
    if (spec.requires !== undefined && !raw.has(spec.requires)) {
      errors.set(spec.requires, `missing property required by '${name}'`);
    }
  }
  for (const name of raw.keys()) if (!Object.hasOwn(schema, name)) errors.set(name, UNKNOWN);
  if (errors.size > 0) refuseParameters(Object.fromEntries(errors));
  return new Parameters(values);
}

function plainText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  return undefined;
}

function normalised(value: string, spec: ParameterSpec): string {
  if (spec.type === 'boolean') return TRUE.test(value) ? '1' : '0';
  if (spec.type === 'integer') return String(Number(value));
  return value;
}

function objectionTo(value: string, spec: ParameterSpec): string | undefined {
  if (!TYPES[spec.type].test(value)) return `type check ('${spec.type}') failed - got '${value}'`;
  if (spec.format !== undefined) {
    const objection = spec.format(value);
    if (objection !== undefined) return `invalid format - ${objection}\n`;
  }
  if (spec.pattern !== undefined && !spec.pattern.test(value))
    return 'value does not match the regex pattern';
  if (spec.maxLength !== undefined && value.length > spec.maxLength) {
    return `value may only be ${spec.maxLength} characters long`;
  }
  if (spec.minimum !== undefined && Number(value) < spec.minimum) {
    return `value must have a minimum value of ${spec.minimum}`;
  }
  if (spec.maximum !== undefined && Number(value) > spec.maximum) {
    return `value must have a maximum value of ${spec.maximum}`;
  }
  if (spec.values !== undefined && !spec.values.includes(value)) {
    return `value '${value}' does not have a value in the enumeration '${spec.values.join(', ')}'`;
  }
  return undefined;
}
