// Runs beside an installed tiktok-live-connector: prints the names that its users write, by category, as JSON.
// Usage: node names_connector.mjs INSTALLATION
import { pathToFileURL } from "node:url";
import path from "node:path";

const entry = path.join(process.argv[2], "node_modules", "tiktok-live-connector", "dist", "index.js");
const library = await import(pathToFileURL(entry));
const { TikTokLiveConnection, SignConfig, RouteConfig, ControlEvent, WebcastEvent } = library;
const connection = new TikTokLiveConnection("alice", {});
const known = (name) => !name.startsWith("_") && name !== "constructor";
const under = (owner, object) => Object.keys(object).filter((name) => name !== "cachedInstance").map((name) => `${owner}.${name}`);
console.log(JSON.stringify({
  options: [...Object.keys(connection.options), ...under("SignConfig", SignConfig), ...under("RouteConfig", RouteConfig)],
  methods: Object.getOwnPropertyNames(TikTokLiveConnection.prototype).filter(known),
  events: [...Object.values(ControlEvent), ...Object.values(WebcastEvent)],
  errors: Object.keys(library).filter((name) => /(Error)$/.test(name) && library[name].prototype instanceof Error),
}));
