// Runs beside an installed tiktok-live-connector: connects to a sandbox's room and prints each event as a JSON line.
// Usage: node listen_connector.mjs INSTALLATION BASE ROOM_ID
//    or: node listen_connector.mjs INSTALLATION BASE HOST:PORT over-tls
// With the room id it opens no page of TikTok. With a host it finds the room on pages that it insists on reading over TLS; the
// certificate is trusted by NODE_EXTRA_CA_CERTS.
import { pathToFileURL } from "node:url";
import path from "node:path";

const [installation, base, place, overTls] = process.argv.slice(2);
const entry = path.join(installation, "node_modules", "tiktok-live-connector", "dist", "index.js");
const { TikTokLiveConnection, SignConfig } = await import(pathToFileURL(entry));

SignConfig.basePath = base;
const connection = new TikTokLiveConnection("alice", {
  fetchRoomInfoOnConnect: Boolean(overTls),
  wsConfigOverrides: { DEFAULT_WS_PING_INTERVAL: 400 },
  webConfigOverrides: overTls ? { TIKTOK_HOST_WEB: place, TIKTOK_HOST_WEBCAST: place } : {},
});
const plain = (_, value) => (typeof value === "bigint" ? value.toString() : value);
const names = ["chat", "gift", "like", "follow", "share", "member", "roomUser", "imDelete", "controlMessage", "streamEnd",
  "questionNew", "emote", "linkMicBattle", "linkMicArmies", "linkMicBattlePunishFinish", "captionMessage", "disconnected"];
for (const name of names) {
  connection.on(name, (data) => process.stdout.write(JSON.stringify({ event: name, data }, plain) + "\n"));
}
connection.on("disconnected", () => process.exit(0));
connection.on("error", (error) => process.stderr.write(`${error?.info ?? ""} ${error?.exception ?? error}\n`));
await (overTls ? connection.connect() : connection.connect(place));
process.stdout.write(JSON.stringify({ event: "connected" }) + "\n");
