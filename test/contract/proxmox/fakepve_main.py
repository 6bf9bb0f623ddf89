"""Serves a fake Proxmox VE with an API token and one template until its standard input ends.

Prints one line of JSON once it listens: url, token and the SHA-256 fingerprint of its certificate.
"""

import asyncio
import hashlib
import json
import sys
import tempfile
import uuid

from fakepve import FakePve
from fakepve.certs import make_cert

TOKEN_ID = 'root@pam!contract'
DISK = 'base-9000-disk-0'
GIB = 1024**3


def furnish(pve, secret):
    pve.apitokens[TOKEN_ID] = secret
    pve.time_scale = 0.01
    pve.add_node('pve2')
    pve.storages['local-lvm']['volumes'] = {
        DISK: {'content': 'images', 'format': 'raw', 'size': 8 * GIB, 'vmid': 9000, 'ctime': 0},
    }
    pve.add_vm(
        9000,
        'contract-template',
        node='pve1',
        template=True,
        config={
            'template': 1,
            'boot': 'order=scsi0',
            'cores': 1,
            'memory': '1024',
            'net0': 'virtio=BC:24:11:00:00:01,bridge=vmbr0',
            'scsi0': 'local-lvm:{0},size=8G'.format(DISK),
            'smbios1': 'uuid={0}'.format(uuid.uuid4()),
            'tags': 'template',
        },
    )


async def serve():
    secret = str(uuid.uuid4())
    pve = FakePve(host='127.0.0.1', port=0)
    furnish(pve, secret)
    with tempfile.TemporaryDirectory() as folder:
        certfile, keyfile, der = make_cert(folder, hosts=('127.0.0.1',))
        await pve.start(certfile, keyfile)
    ready = {
        'url': pve.url,
        'token': '{0}={1}'.format(TOKEN_ID, secret),
        'fingerprint': hashlib.sha256(der).hexdigest(),
    }
    print(json.dumps(ready), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await pve.stop()


asyncio.run(serve())
