/**
 * The Protobuf messages of the Kubernetes API, for reading what Go clients send. One message a line: its name, then its
 * fields as `name=number`, with `*` for a list, `%` for a map from text, `!` for a message whose fields stand in the
 * outer object as JSON has it, and the type: `i` integer, `b` boolean, `d` double, `y` bytes, `:Name` a message, text
 * otherwise. The numbers are those that `generated.proto` of each API group publishes; they never change.
 */
import { CONFIGURATION_MESSAGES } from './configuration-messages.js';
import { CORE_MESSAGES } from './core-messages.js';
import { META_MESSAGES } from './meta-messages.js';
import { POD_MESSAGES } from './pod-messages.js';
import { WORKLOAD_MESSAGES } from './workload-messages.js';

export interface MessageField {
  readonly name: string;
  readonly shape: 'single' | 'list' | 'map' | 'inline';
  readonly type: 'text' | 'integer' | 'boolean' | 'double' | 'bytes' | 'message';
  /** Name of the message, where the type is one. */
  readonly message: string;
}

/** By field number. */
export type MessageFields = ReadonlyMap<number, MessageField>;

const SHAPES: Readonly<Record<string, MessageField['shape']>> = {
  '': 'single',
  '*': 'list',
  '%': 'map',
  '!': 'inline',
};
const TYPES: Readonly<Record<string, MessageField['type']>> = {
  '': 'text',
  i: 'integer',
  b: 'boolean',
  d: 'double',
  y: 'bytes',
};
const FIELD = /^(\w+)=(\d+)([*%!]?)(?::?)([A-Za-z]*)$/;

const SOURCES = [META_MESSAGES, CORE_MESSAGES, POD_MESSAGES, WORKLOAD_MESSAGES, CONFIGURATION_MESSAGES];

const MESSAGES: ReadonlyMap<string, MessageFields> = new Map(
  SOURCES.flatMap((source) => source.trim().split('\n')).map((line) => {
    const [name = '', ...fields] = line.split(' ');
    return [name, new Map(fields.map(parseField))] as const;
  }),
);

/** @returns `undefined` for messages that are not in the table. */
export function messageFields(name: string): MessageFields | undefined {
  return MESSAGES.get(name);
}

function parseField(text: string): readonly [number, MessageField] {
  const [, name = '', number = '', shape = '', type = ''] = FIELD.exec(text) ?? [];
  const isMessage = text.includes(':');
  const field: MessageField = {
    name,
    shape: SHAPES[shape] ?? 'single',
    type: isMessage ? 'message' : (TYPES[type] ?? 'text'),
    message: isMessage ? type : '',
  };
  return [Number(number), field];
}
