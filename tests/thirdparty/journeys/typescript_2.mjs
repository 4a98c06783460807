// The TypeScript SDK's second line, over stdio, in the era that its argument names.
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { journey } from "./journey.mjs";

const options = process.argv[2] === "auto" ? { versionNegotiation: { mode: "auto" } } : {};
const client = new Client({ name: "journey", version: "1" }, options);
await journey(client, StdioClientTransport, (params, options) => client.callTool(params, options));
