// The TypeScript SDK's first line, over stdio.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { journey } from "./journey.mjs";

const client = new Client({ name: "journey", version: "1" });
await journey(client, StdioClientTransport, (params, options) => client.callTool(params, undefined, options));
