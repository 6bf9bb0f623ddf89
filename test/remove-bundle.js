export default () => globalThis.removeTestBundle();
