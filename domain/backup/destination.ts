/** Where backups can be put, as it is configured. */

export type DestinationSettings =
  /** A folder of the worker's machine, such as a mounted share. */
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 's3';
      /** Origin, such as `https://s3.example.com:9000`; buckets are addressed by path. */
      readonly endpoint: string;
      readonly bucket: string;
      readonly region: string;
      /** What all keys begin with, ending in `/`, or empty. */
      readonly prefix: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      /** PEM of the authority to believe instead of the system's; `null`: the system decides. */
      readonly caCertificate: string | null;
    };
