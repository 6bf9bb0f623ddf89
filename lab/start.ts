/** `npm start`: everything comes up and stays until it is interrupted. */
import { printAddresses, runLab } from './run-lab.js';

await runLab([], async (running, _flags, say) => {
  printAddresses(running, say);
  return 'stay';
});
