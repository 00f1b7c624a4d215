// tiktok-live-connector's own way from a push frame to decoded messages: its CPU time. Runs in an environment of its own.
//
// Arguments: the folder that holds its node_modules, a file with one base64 frame a line. Answer: one line of JSON.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const ROUNDS = 25;
const [place, file] = process.argv.slice(2);
const library = join(place, "node_modules", "tiktok-live-connector");
const { version, main } = createRequire(import.meta.url)(join(library, "package.json"));
const { deserializeWebSocketMessage } = await import(pathToFileURL(join(library, main)));
const frames = readFileSync(file, "ascii").trimEnd().split("\n").map((line) => Buffer.from(line, "base64"));

async function decode() {
  let decoded = 0;
  for (const frame of frames) {
    const { protoMessageFetchResult } = await deserializeWebSocketMessage(frame);
    for (const message of protoMessageFetchResult.messages) decoded += message.decodedData ? 1 : 0;
  }
  return decoded;
}

let decoded = 0;
let best = Infinity;
for (let round = 0; round < ROUNDS; round += 1) {
  const started = process.cpuUsage();
  decoded = await decode();
  const { user, system } = process.cpuUsage(started);
  best = Math.min(best, (user + system) / 1e6);
}
console.log(JSON.stringify({ peer: `tiktok-live-connector ${version}, node ${process.versions.node}`, seconds: best, decoded }));
