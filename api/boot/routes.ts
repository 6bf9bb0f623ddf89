/** `GET /ipxe/{mac}`, `/files/{token}/{name}`, `/nocloud/{token}/{document}` and `/ignition/{token}`. */
import { pipeline } from 'node:stream/promises';
import type { Request, Response, Router } from 'express';
import { namedBootFiles } from '../../domain/boot/boot-file-names.js';
import { parseMac } from '../../domain/boot/boot-urls.js';
import type { NetworkBoot, NoCloudDocuments } from '../../domain/boot/documents.js';
import { networkBootScript } from '../../domain/boot/network-boot-script.js';
import type { ArmedBoot, BootAnswer, BootPurpose } from '../../store/boot-port.js';
import { hasBootFile, openBootFile } from './boot-file.js';
import { clientAddress } from './client-address.js';
import type { BootDependencies } from './dependencies.js';
import { BootRefusal, notThere } from './refusal.js';

const DOCUMENTS: Readonly<Record<string, keyof NoCloudDocuments>> = {
  'meta-data': 'metaData',
  'user-data': 'userData',
  'vendor-data': 'vendorData',
  'network-config': 'networkConfig',
};

export function bootRoutes(router: Router, { boots, url, filesPath }: BootDependencies): void {
  const redeem = async (request: Request, response: Response, purpose: BootPurpose): Promise<ArmedBoot> => {
    const token = String(request.params['token']);
    return granted(response, await boots.redeem(token, purpose, clientAddress(request)));
  };

  router.get('/ipxe/:mac', async (request, response) => {
    response.locals['mac'] = request.params.mac.slice(0, 17);
    const mac = parseMac(request.params.mac);
    if (mac === undefined) throw notThere('no MAC address');
    const boot = granted(response, await boots.begin(mac, clientAddress(request)));
    const { network, documents, tokens } = boot;
    if (network === null) throw notThere('it does not boot over the network', boot.machine);
    for (const name of filesOf(network)) {
      if (!(await hasBootFile(filesPath, name)))
        throw new BootRefusal(503, `BOOT_FILES_PATH has no file "${name}"`, boot.machine);
    }
    response.type('text/plain').send(networkBootScript(url, { network, documents: documents.kind, tokens }));
  });

  router.get('/files/:token/*name', async (request, response) => {
    const { network, machine } = await redeem(request, response, 'files');
    const name = [request.params.name].flat().join('/');
    response.locals['file'] = name.slice(0, 100);
    if (network === null || !filesOf(network).includes(name))
      throw notThere('a file that the machine does not boot', machine);
    const file = await openBootFile(filesPath, name);
    if (file === undefined) throw notThere('BOOT_FILES_PATH has no such file', machine);
    response.type('application/octet-stream').setHeader('Content-Length', file.bytes);
    // No more than was announced, should it grow meanwhile.
    const end = Math.max(0, file.bytes - 1);
    if (file.bytes === 0) {
      await file.handle.close();
      response.end();
      return;
    }
    try {
      await pipeline(file.handle.createReadStream({ end }), response);
    } catch (error) {
      // The machine went away, or the file did: the answer is cut off, and that is all that can be said of it.
      response.locals['error'] = error instanceof Error ? error.message : String(error);
      response.destroy();
    }
  });

  router.get('/nocloud/:token/:document', async (request, response) => {
    const { documents, machine } = await redeem(request, response, 'documents');
    const { document } = request.params;
    response.locals['file'] = document.slice(0, 100);
    const which = Object.hasOwn(DOCUMENTS, document) ? DOCUMENTS[document] : undefined;
    if (documents.kind !== 'nocloud' || which === undefined) throw notThere('no such document', machine);
    response.type('text/plain').send(documents[which]);
  });

  router.get('/ignition/:token', async (request, response) => {
    const { documents, machine } = await redeem(request, response, 'documents');
    if (documents.kind !== 'ignition') throw notThere('no such document', machine);
    response.type('application/json').send(documents.config);
  });
}

/** All that the machine loads: kernel, initrd, and what its kernel's arguments name. */
function filesOf({ kernel, initrd, kernelArguments }: NetworkBoot): string[] {
  return [kernel, ...(initrd === null ? [] : [initrd]), ...namedBootFiles(kernelArguments)];
}

function granted(response: Response, answer: BootAnswer): ArmedBoot {
  if (answer.kind === 'refused') throw notThere(REASONS[answer.reason], answer.machine);
  const { boot } = answer;
  Object.assign(response.locals, { machine: boot.machine, mac: boot.mac, boots: boot.boots });
  return boot;
}

const REASONS: Readonly<Record<Extract<BootAnswer, { kind: 'refused' }>['reason'], string>> = {
  unknown: 'not armed',
  expired: 'the token was used, and its time is over',
  address: 'asked from an address that is not the machine’s',
};
