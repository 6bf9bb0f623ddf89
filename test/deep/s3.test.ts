/** Backups in a bucket of a real server of S3. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { S3mini } from 's3mini';
import { Agent, fetch as undiciFetch } from 'undici';
import { s3Destination } from '../../activities/backup/destinations/s3.js';
import { describeDestination, NEVER } from '../activities/backup/destination-contract.js';
import { all, streamOf } from '../activities/backup/streams.js';
import { BUILD_TIMEOUT_MS, describeWithGo, VERSITYGW } from './go-program.js';
import { S3Server } from './s3-server.js';

/** Three parts. */
const LARGE_BYTES = 17 * 1024 * 1024;

describeWithGo([VERSITYGW], 'a bucket as destination', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await S3Server.start();
  }, BUILD_TIMEOUT_MS);
  afterAll(() => server?.close());

  describeDestination(
    () => ({
      destination: s3Destination(server.settings),
      leavePartial: async (key) => {
        const { endpoint, bucket, region, accessKeyId, secretAccessKey, prefix } = server.settings;
        const dispatcher = new Agent({ connect: { ca: server.settings.caCertificate ?? '' } });
        const s3 = new S3mini({
          ...{ endpoint: `${endpoint}/${bucket}`, region, accessKeyId, secretAccessKey },
          fetch: ((url: string, init: object) =>
            undiciFetch(url, { ...init, dispatcher })) as unknown as typeof fetch,
        });
        const uploadId = await s3.getMultipartUploadId(prefix + key);
        await s3.uploadPart(prefix + key, uploadId, Buffer.alloc(6 * 1024 * 1024), 1);
      },
      partials: async () => server.partials(),
    }),
    { largeBytes: LARGE_BYTES },
  );

  describe('that cannot be used', () => {
    const listing = (change: Partial<S3Server['settings']>) =>
      s3Destination({ ...server.settings, ...change }).list('uid/', NEVER);
    const putting = (change: Partial<S3Server['settings']>) =>
      s3Destination({ ...server.settings, ...change }).put('uid/x', streamOf('x'), NEVER);

    test.each([
      ['its key is wrong', { secretAccessKey: 'another' }],
      ['its user is not known', { accessKeyId: 'nobody' }],
      ['it is not there', { bucket: 'another-bucket' }],
    ])('is a matter for a person: %s', async (_what, change) => {
      const failure = { code: 'BACKUP_DESTINATION_REJECTED' };

      await expect(putting(change)).rejects.toMatchObject(failure);
      await expect(listing(change)).rejects.toMatchObject(failure);
    });

    test('is not believed with a certificate of somebody else', async () => {
      await expect(putting({ caCertificate: null })).rejects.toMatchObject({
        code: 'BACKUP_DESTINATION_FAILED',
        message: expect.stringMatching(/certificate/),
      });
    });

    test('may come back when it does not answer', async () => {
      await expect(putting({ endpoint: 'https://127.0.0.1:9' })).rejects.toMatchObject({
        code: 'BACKUP_DESTINATION_FAILED',
      });
    });
  });

  test('keeps nothing outside of its prefix', async () => {
    const { settings } = server;
    await s3Destination(settings).put('uid/prefixed', streamOf('x'), NEVER);

    const whole = s3Destination({ ...settings, prefix: '' });

    expect((await whole.list('clusters/uid/', NEVER)).map(({ key }) => key)).toContain(
      'clusters/uid/prefixed',
    );
    expect(await whole.get('uid/prefixed', NEVER)).toBeUndefined();
    expect(String(await all((await whole.get('clusters/uid/prefixed', NEVER)) ?? streamOf()))).toBe('x');
  });
});
