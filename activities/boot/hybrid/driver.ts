/** Every boot method by the one that was chosen for the machine when it was planned. */
import type { PlannedMachine } from '../../../domain/plan.js';
import type { BootMethodDriver } from '../driver.js';
import { isoDriver } from '../iso/driver.js';
import { pxeDriver } from '../pxe/driver.js';
import { templateDriver } from '../template/driver.js';

export const bootDriver: BootMethodDriver = {
  prepare: (context, request) => driverOf(request.machine).prepare(context, request),
  configure: (context, target) => driverOf(target.planned).configure(context, target),
  validate: (context, request) => driverOf(request.machine).validate(context, request),
  cleanUp: (context, request) => driverOf(request.machine).cleanUp(context, request),
};

function driverOf({ boot }: PlannedMachine): BootMethodDriver {
  switch (boot.method) {
    case 'TEMPLATE':
      return templateDriver;
    case 'ISO':
      return isoDriver;
    case 'PXE':
      return pxeDriver;
  }
}
