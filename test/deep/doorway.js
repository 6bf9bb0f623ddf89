/**
 * Runs inside a host's network. It opens sockets there and hands them to the process that started it, which thereby
 * listens and connects in a network that it is not in.
 */
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';

process.on('message', ({ id, verb, address, port }) => {
  const refuse = (error) => process.send({ id, error: error.message });
  if (verb === 'listen') {
    const server = createServer({ pauseOnConnect: true });
    server.on('error', refuse);
    server.listen(port, address, () => process.send({ id }, server, () => server.close()));
    return;
  }
  if (verb === 'datagrams') {
    const socket = createSocket('udp4');
    socket.on('error', refuse);
    // Nothing is received here.
    socket.bind(0, address, () => process.send({ id }, socket, () => socket.close()));
    return;
  }
  const socket = connect(port, address);
  // Nothing is read here: the first bytes belong to whoever gets the socket.
  socket.pause();
  socket.on('error', refuse);
  socket.on('connect', () => process.send({ id }, socket));
});
process.on('disconnect', () => process.exit());
