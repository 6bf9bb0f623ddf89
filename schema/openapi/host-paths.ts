/** The addresses of Proxmox hosts. */
import type { ErrorCode } from '../../domain/errors.js';
import {
  BODY_ERRORS,
  COMMON_ERRORS,
  jsonAnswer,
  jsonBody,
  locationOf,
  ORCHESTRATION_ERRORS,
  parameterRef,
  type Paths,
  problemAnswers,
} from './operation.js';

/** What a look at Proxmox VE can run into. */
const LOOKING_ERRORS: readonly ErrorCode[] = [
  'PROXMOX_UNREACHABLE',
  'PROXMOX_NODE_UNREACHABLE',
  'PROXMOX_UNAUTHENTICATED',
  'PROXMOX_PERMISSION',
  'PROXMOX_FAILED',
  ...ORCHESTRATION_ERRORS,
];

const LOCATION = locationOf('Address of the host');

export const HOST_PATHS: Paths = {
  '/api/v1/hosts': {
    get: {
      operationId: 'listHosts',
      summary: 'List the Proxmox hosts, and the machines that are on them now',
      tags: ['hosts'],
      responses: {
        '200': jsonAnswer('The hosts', 'HostList'),
        ...problemAnswers([...LOOKING_ERRORS, ...COMMON_ERRORS]),
      },
    },
  },
  '/api/v1/hosts/{node}': {
    get: {
      operationId: 'getHost',
      summary: 'Show a host: what is on it, whether it is drained, and what came of that',
      tags: ['hosts'],
      parameters: [parameterRef('HostName')],
      responses: {
        '200': jsonAnswer('The host', 'Host'),
        ...problemAnswers(['HOST_NOT_FOUND', ...LOOKING_ERRORS, ...COMMON_ERRORS]),
      },
    },
  },
  '/api/v1/hosts/{node}/drain': {
    post: {
      operationId: 'drainHost',
      summary: 'Move the machines of all clusters away from a host',
      description:
        'The host is marked, so that nothing more is put there. Then one cluster after the other moves its machines, one by one: emptied first, and with their work back before the next one goes. Asking again while it goes on answers with the same drain. With `dryRun` nothing is changed, and the plan is the answer.',
      tags: ['hosts'],
      parameters: [parameterRef('HostName')],
      requestBody: { ...jsonBody('DrainHostRequest'), required: false },
      responses: {
        '200': jsonAnswer('With `dryRun`: what it would do', 'DrainPlan'),
        '202': jsonAnswer('It has begun', 'DrainAccepted', LOCATION),
        ...problemAnswers([
          ...BODY_ERRORS,
          'HOST_NOT_FOUND',
          'HOST_DRAIN_RUNNING',
          ...LOOKING_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
  },
  '/api/v1/hosts/{node}/drain/cancel': {
    post: {
      operationId: 'cancelHostDrain',
      summary: 'Have a drain begin no further move',
      description: 'A machine that is on its way gets there, and has its work back. The host stays marked.',
      tags: ['hosts'],
      parameters: [parameterRef('HostName')],
      responses: {
        '202': jsonAnswer('It ends as soon as that is safe', 'DrainAccepted', LOCATION),
        ...problemAnswers([
          'HOST_NOT_FOUND',
          'HOST_DRAIN_NOT_FOUND',
          'HOST_DRAIN_OVER',
          ...ORCHESTRATION_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
  },
  '/api/v1/hosts/{node}/undrain': {
    post: {
      operationId: 'undrainHost',
      summary: 'Let machines be put on a host again',
      description: 'Nothing is moved back.',
      tags: ['hosts'],
      parameters: [parameterRef('HostName')],
      responses: {
        '204': { description: 'It is not marked any more' },
        ...problemAnswers(['HOST_NOT_FOUND', 'HOST_DRAIN_RUNNING', ...LOOKING_ERRORS, ...COMMON_ERRORS]),
      },
    },
  },
};
