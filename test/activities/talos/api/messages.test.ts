/** Bytes as the library of the Talos project writes them (its `pkg/machinery` v1.9.1). */
import { describe, expect, test } from '@jest/globals';
import * as messages from '../../../../activities/talos/api/messages.js';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

describe('requests are written as Talos reads them', () => {
  test('a configuration', () => {
    const data = Buffer.from('version: v1alpha1\n');

    expect(messages.APPLY_REQUEST.encode({ data, mode: messages.APPLY_AUTO })).toEqual(
      hex('0a1276657273696f6e3a207631616c706861310a2001'),
    );
  });

  test('a bootstrap, and a question for members', () => {
    expect(messages.BOOTSTRAP_REQUEST.encode({ recoverEtcd: true })).toEqual(hex('0801'));
    expect(messages.MEMBER_LIST_REQUEST.encode({ queryLocal: true })).toEqual(hex('0801'));
    expect(messages.EMPTY.encode({})).toEqual(hex(''));
  });
});

describe('answers are read as Talos writes them', () => {
  test('its version, and who says it', () => {
    const bytes = '0a260a0a0a0463702d3112026e6f120d0a0676312e392e3112036162631a090a076e6f636c6f7564';

    expect(messages.VERSION_RESPONSE.decode(hex(bytes))).toMatchObject({
      messages: [{ metadata: { hostname: 'cp-1', error: 'no' }, version: { tag: 'v1.9.1' } }],
    });
  });

  test('what it made of a configuration', () => {
    const bytes = '0a120a0a0a0463702d3112026e6f120177220164';

    expect(messages.APPLY_RESPONSE.decode(hex(bytes))).toMatchObject({
      messages: [{ warnings: ['w'], mode: 0, modeDetails: 'd' }],
    });
  });

  test('its services', () => {
    const bytes = '0a1912170a0465746364120752756e6e696e67220610011a026f6b';

    expect(messages.SERVICE_LIST_RESPONSE.decode(hex(bytes))).toMatchObject({
      messages: [
        {
          services: [
            { id: 'etcd', state: 'Running', health: { unknown: false, healthy: true, lastMessage: 'ok' } },
          ],
        },
      ],
    });
  });

  test('the members of etcd, whose ids fill 64 bits', () => {
    const bytes =
      '0a4b1a4910ffffffffffffffffff011a0463702d31221968747470733a2f2f31302e312e3130372e3130303a323338302a1968747470733a2f2f31302e312e3130372e3130303a323337393001';

    expect(messages.MEMBER_LIST_RESPONSE.decode(hex(bytes))).toMatchObject({
      messages: [
        {
          members: [
            {
              id: '18446744073709551615',
              hostname: 'cp-1',
              peerUrls: ['https://10.1.107.100:2380'],
              clientUrls: ['https://10.1.107.100:2379'],
              isLearner: true,
            },
          ],
        },
      ],
    });
  });

  test('the state of etcd, among fields that we pass over', () => {
    const bytes = '0a1712150a06332e352e313710052009300342016548015007';

    expect(messages.ETCD_STATUS_RESPONSE.decode(hex(bytes))).toMatchObject({
      messages: [
        {
          memberStatus: {
            memberId: '7',
            protocolVersion: '3.5.17',
            leader: '9',
            errors: ['e'],
            isLearner: true,
          },
        },
      ],
    });
  });

  test('pieces of a file', () => {
    expect(messages.DATA.decode(hex('1203010203')).bytes).toEqual(Buffer.from([1, 2, 3]));
  });
});
