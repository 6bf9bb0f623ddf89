import { describe, expect, test } from '@jest/globals';
import protobuf from 'protobufjs/minimal.js';
import { decodeObject } from '../../../../lab/kubernetes/protobuf/decode-object.js';

type Writer = protobuf.Writer;

const LENGTH_DELIMITED = 2;
const VARINT = 0;

/** A message of fields by number: text, integers, booleans, bytes and messages. */
function message(
  fields: readonly (readonly [number: number, value: string | number | boolean | Uint8Array])[],
): Uint8Array {
  const writer: Writer = protobuf.Writer.create();
  for (const [number, value] of fields) {
    if (typeof value === 'string') writer.uint32((number << 3) | LENGTH_DELIMITED).string(value);
    else if (typeof value === 'number') writer.uint32(number << 3).int64(value);
    else if (typeof value === 'boolean') writer.uint32((number << 3) | VARINT).bool(value);
    else writer.uint32((number << 3) | LENGTH_DELIMITED).bytes(value);
  }
  return writer.finish();
}

function envelope(apiVersion: string, kind: string, object: Uint8Array): Buffer {
  const type = message([
    [1, apiVersion],
    [2, kind],
  ]);
  const unknown = message([
    [1, type],
    [2, object],
    [3, ''],
    [4, ''],
  ]);
  return Buffer.concat([Buffer.from('k8s\0'), unknown]);
}

describe('an object in Protobuf', () => {
  test('has its text, maps, bytes and times as JSON has them', () => {
    const metadata = message([
      [1, 'settings'],
      [3, ''],
      [8, message([[1, 1_700_000_000]])],
      [
        11,
        message([
          [1, 'app'],
          [2, 'web'],
        ]),
      ],
      [
        11,
        message([
          [1, 'empty'],
          [2, ''],
        ]),
      ],
    ]);
    const object = message([
      [1, metadata],
      [
        2,
        message([
          [1, 'password'],
          [2, Buffer.from('x')],
        ]),
      ],
      [3, 'Opaque'],
    ]);

    expect(decodeObject(envelope('v1', 'Secret', object))).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'settings',
        creationTimestamp: '2023-11-14T22:13:20Z',
        labels: { app: 'web', empty: '' },
      },
      data: { password: 'eA==' },
      type: 'Opaque',
    });
  });

  test('has numbers or text where either is allowed, and falsehoods too', () => {
    const port = (target: Uint8Array): Uint8Array =>
      message([
        [3, 80],
        [4, target],
      ]);
    const numeric = message([
      [1, 0],
      [2, 8_080],
      [3, ''],
    ]);
    const named = message([
      [1, 1],
      [2, 0],
      [3, 'http'],
    ]);
    const spec = message([
      [1, port(numeric)],
      [1, port(named)],
      [20, false],
    ]);

    expect(decodeObject(envelope('v1', 'Service', message([[2, spec]])))).toMatchObject({
      spec: {
        ports: [
          { port: 80, targetPort: 8_080 },
          { port: 80, targetPort: 'http' },
        ],
        allocateLoadBalancerNodePorts: false,
      },
    });
  });

  test('has the fields of embedded messages in the outer one', () => {
    const source = message([[10, message([[1, 'claim']])]]);
    const volume = message([
      [1, 'data'],
      [2, source],
    ]);

    expect(decodeObject(envelope('v1', 'Pod', message([[2, message([[1, volume]])]])))).toMatchObject({
      spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'claim' } }] },
    });
  });

  test('is read although it holds fields that nobody knows', () => {
    const object = message([
      [
        1,
        message([
          [1, 'a'],
          [999, 'later'],
        ]),
      ],
      [998, 5],
    ]);

    expect(decodeObject(envelope('v1', 'ConfigMap', object))).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
    });
  });

  test.each([
    ['other bytes', Buffer.from('{}')],
    ['nothing', Buffer.alloc(0)],
    ['an end too early', envelope('v1', 'ConfigMap', message([[1, 'a'.repeat(50)]])).subarray(0, 40)],
    ['an unknown kind', envelope('v1', 'Nothing', message([]))],
  ])('is refused when it is %s', (_what, bytes) => {
    expect(() => decodeObject(bytes)).toThrow(expect.objectContaining({ reason: 'BadRequest' }));
  });
});
