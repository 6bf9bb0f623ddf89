export function ensureProgram(program: string, debianPackage: string): boolean;
