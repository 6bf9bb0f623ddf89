/** What a system call on a file fails with, in the words that Node uses and that the shell's commands look for. */

const MESSAGES = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EEXIST: 'file already exists',
  ENOTDIR: 'not a directory',
  EISDIR: 'illegal operation on a directory',
  ENOTEMPTY: 'directory not empty',
  EINVAL: 'invalid argument',
  ELOOP: 'too many symbolic links encountered',
} as const;

export type FileSystemErrorCode = keyof typeof MESSAGES;

export class FileSystemError extends Error {
  readonly code: FileSystemErrorCode;

  /** @param call name of the system call, such as `open`. */
  constructor(code: FileSystemErrorCode, call: string, path: string) {
    super(`${code}: ${MESSAGES[code]}, ${call} '${path}'`);
    this.name = 'FileSystemError';
    this.code = code;
  }
}
