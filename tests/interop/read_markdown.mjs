// Runs beside an installed discord-markdown-parser: reads posts as JSON lines, prints what each is made of, a list per line.
// Usage: node read_markdown.mjs INSTALLATION < posts
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import path from "node:path";

const { parse } = createRequire(path.join(process.argv[2], "package.json"))("discord-markdown-parser");

const inside = (node) => (Array.isArray(node.content) ? node.content.flatMap((child) => [child.type, ...inside(child)]) : []);
const lines = (nodes) => {
  const found = [[]];
  for (const node of nodes) {
    if (node.type === "br" || node.type === "newline") found.push([]);
    else found.at(-1).push({ type: node.type, target: node.target ?? "", inside: inside(node) });
  }
  return found;
};

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(lines(parse(JSON.parse(line), "extended"))) + "\n");
}
