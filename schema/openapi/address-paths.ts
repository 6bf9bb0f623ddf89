/** The addresses of what is known of strangers in the machines' networks. */
import { COMMON_ERRORS, jsonAnswer, parameterRef, type Paths, problemAnswers } from './operation.js';

export const ADDRESS_PATHS: Paths = {
  '/api/v1/address-conflicts': {
    get: {
      operationId: 'listAddressConflicts',
      summary: 'List the addresses on which strangers answered',
      description:
        'No machine is given one of them until a person clears it, or for a day after a stranger was last heard of there.',
      tags: ['addresses'],
      responses: {
        '200': jsonAnswer('All of them, the latest first', 'AddressConflictList'),
        ...problemAnswers(COMMON_ERRORS),
      },
    },
  },
  '/api/v1/address-conflicts/{address}': {
    delete: {
      operationId: 'clearAddressConflict',
      summary: 'Say that an address is free again',
      tags: ['addresses'],
      parameters: [parameterRef('Address')],
      responses: {
        '204': { description: 'It may be given to a machine; it is looked at once more before that' },
        ...problemAnswers(['ADDRESS_CONFLICT_NOT_FOUND', ...COMMON_ERRORS]),
      },
    },
  },
};
