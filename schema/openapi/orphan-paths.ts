/** The addresses of what was left behind on Proxmox VE. */
import {
  BODY_ERRORS,
  COMMON_ERRORS,
  jsonAnswer,
  jsonBody,
  ORCHESTRATION_ERRORS,
  type Paths,
  problemAnswers,
} from './operation.js';

const LOCATION = {
  Location: { description: 'Where the report is', schema: { type: 'string' } },
};

export const ORPHAN_PATHS: Paths = {
  '/api/v1/orphans': {
    get: {
      operationId: 'listOrphans',
      summary: 'Show what was left behind on Proxmox VE',
      description: 'The last report, and for each entry when its removal was last tried and what came of it.',
      tags: ['orphans'],
      responses: {
        '200': jsonAnswer('The last report', 'OrphanReport'),
        ...problemAnswers(COMMON_ERRORS),
      },
    },
  },
  '/api/v1/orphans/sweep': {
    post: {
      operationId: 'sweepOrphans',
      summary: 'Look now for what was left behind',
      description: 'Changes nothing on Proxmox VE. While one look is under way, asking again joins it.',
      tags: ['orphans'],
      responses: {
        '202': jsonAnswer('It is being looked', 'SweepAccepted', LOCATION),
        ...problemAnswers([...ORCHESTRATION_ERRORS, ...COMMON_ERRORS]),
      },
    },
  },
  '/api/v1/orphans/removals': {
    post: {
      operationId: 'removeOrphans',
      summary: 'Remove orphans',
      description:
        'All that makes each of them removable is proved anew before it is touched. Asking again is safe: what is gone stays gone.',
      tags: ['orphans'],
      requestBody: jsonBody('OrphanRemovalsRequest'),
      responses: {
        '202': jsonAnswer('They are being removed', 'SweepAccepted', LOCATION),
        ...problemAnswers([
          'ORPHAN_NOT_REMOVABLE',
          ...BODY_ERRORS,
          ...ORCHESTRATION_ERRORS,
          ...COMMON_ERRORS,
        ]),
      },
    },
  },
};
