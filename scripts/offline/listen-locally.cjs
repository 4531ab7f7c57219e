/**
 * Given to `twilio-run`, which listens on every interface of the machine and has no option for it: servers of its process
 * listen on the loopback interface, unless HOST names another address (`HOST=0.0.0.0 npm start`, as in a container).
 */
'use strict';

const { Server } = require('node:net');

// Read now: twilio-run replaces its environment by that of the functions.
const host = process.env.HOST || '127.0.0.1';
const listen = Server.prototype.listen;

/** @param {unknown[]} args those of `server.listen`, of which only a bare port leaves the address open */
Server.prototype.listen = function listenLocally(...args) {
  const [port, second] = args;
  const isBarePort = /^\d+$/.test(String(port)) && typeof second !== 'string' && typeof second !== 'number';
  const rest = isBarePort ? [Number(port), host, ...args.slice(1)] : args;
  return Reflect.apply(listen, this, rest);
};
