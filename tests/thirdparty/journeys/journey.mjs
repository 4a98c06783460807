// What both lines of the TypeScript SDK do, and one line of JSON in the end.
import { createHash } from "node:crypto";

const BOAT = { model: "kling-v3", prompt: "A paper boat", seconds: 5 };

// A call may take longer than the SDK's minute as long as progress comes in.
const OPTIONS = { timeout: 60_000, resetTimeoutOnProgress: true, onprogress: () => {} };

export async function journey(client, Transport, callTool) {
  await client.connect(new Transport(JSON.parse(process.env.JOURNEY_SERVER)));
  const call = (args) => callTool({ name: "create_video", arguments: args }, OPTIONS);
  const tools = (await client.listTools()).tools.map((tool) => tool.name);
  const answer = (await call(BOAT)).content[0].text;
  const id = /video_[0-9a-z]+/.exec(answer)[0];
  const read = async (name) => Buffer.from((await client.readResource({ uri: `video://${id}/${name}` })).contents[0].blob, "base64");
  const content = await read("content"), poster = await read("poster");
  const refused = await call({ ...BOAT, seconds: 20 });
  if (!refused.isError) throw new Error("the refusal is no error");
  console.log("\n" + JSON.stringify({
    tools, answer, refusal: refused.content[0].text,
    content_sha256: createHash("sha256").update(content).digest("hex"),
    poster_start: poster.subarray(0, 2).toString("hex"),
  }));
  await client.close();
}
