/** The addresses of the image catalogue. */
import {
  BODY_ERRORS,
  COMMON_ERRORS,
  jsonAnswer,
  jsonBody,
  parameterRef,
  type Paths,
  problemAnswers,
} from './operation.js';

export const IMAGE_PATHS: Paths = {
  '/api/v1/images': {
    get: {
      operationId: 'listImages',
      summary: 'List the image catalogue',
      tags: ['images'],
      responses: {
        '200': jsonAnswer('All of it', 'CatalogueImageList'),
        ...problemAnswers(COMMON_ERRORS),
      },
    },
  },
  '/api/v1/images/{name}': {
    get: {
      operationId: 'getImage',
      summary: 'Show an image of the catalogue',
      tags: ['images'],
      parameters: [parameterRef('ImageName')],
      responses: {
        '200': jsonAnswer('The image', 'CatalogueImage'),
        ...problemAnswers(['CATALOGUE_IMAGE_NOT_FOUND', ...COMMON_ERRORS]),
      },
    },
    put: {
      operationId: 'putImage',
      summary: 'Put an image into the catalogue, or replace it',
      description: 'Definitions then mean it by its name. Machines that exist keep what they were made from.',
      tags: ['images'],
      parameters: [parameterRef('ImageName')],
      requestBody: jsonBody('CatalogueImageRequest'),
      responses: {
        '200': jsonAnswer('It was replaced', 'CatalogueImage'),
        '201': jsonAnswer('It is new', 'CatalogueImage'),
        ...problemAnswers([...BODY_ERRORS, ...COMMON_ERRORS]),
      },
    },
    delete: {
      operationId: 'deleteImage',
      summary: 'Take an image out of the catalogue',
      tags: ['images'],
      parameters: [parameterRef('ImageName')],
      responses: {
        '204': { description: 'It is gone; files that were downloaded for it stay while clusters use them' },
        ...problemAnswers(['CATALOGUE_IMAGE_NOT_FOUND', 'CATALOGUE_IMAGE_IN_USE', ...COMMON_ERRORS]),
      },
    },
  },
};
