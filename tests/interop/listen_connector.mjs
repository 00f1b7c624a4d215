// Runs beside an installed tiktok-live-connector: connects to a sandbox's room and prints each event as a JSON line.
// Usage: node listen_connector.mjs INSTALLATION BASE ROOM_ID
import { pathToFileURL } from "node:url";
import path from "node:path";

const [installation, base, roomId] = process.argv.slice(2);
const entry = path.join(installation, "node_modules", "tiktok-live-connector", "dist", "index.js");
const { TikTokLiveConnection, SignConfig } = await import(pathToFileURL(entry));

SignConfig.basePath = base;
const connection = new TikTokLiveConnection("alice", { fetchRoomInfoOnConnect: false, wsConfigOverrides: { DEFAULT_WS_PING_INTERVAL: 400 } });
const plain = (_, value) => (typeof value === "bigint" ? value.toString() : value);
const names = ["chat", "gift", "like", "follow", "share", "member", "roomUser", "imDelete", "controlMessage", "streamEnd",
  "questionNew", "emote", "linkMicBattle", "linkMicArmies", "linkMicBattlePunishFinish", "captionMessage", "disconnected"];
for (const name of names) {
  connection.on(name, (data) => process.stdout.write(JSON.stringify({ event: name, data }, plain) + "\n"));
}
connection.on("disconnected", () => process.exit(0));
connection.on("error", (error) => process.stderr.write(`${error?.info ?? ""} ${error?.exception ?? error}\n`));
await connection.connect(roomId);
process.stdout.write(JSON.stringify({ event: "connected" }) + "\n");
