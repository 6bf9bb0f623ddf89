/** The X.509 library, loaded after what it needs to be there. */
import './metadata-reflection.js';

// Only now, as the package looks for the functions of the import above as soon as it is loaded.
export const x509 = await import('@peculiar/x509');
