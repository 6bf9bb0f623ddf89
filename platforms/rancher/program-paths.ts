/** Where /usr/local cannot be written the installers take /opt, and packages put the program into /usr. */
export const PROGRAM_PATHS = 'export PATH="$PATH:/usr/local/bin:/opt/rke2/bin"';
