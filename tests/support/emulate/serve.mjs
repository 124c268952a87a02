// Serves GitHub until standard input ends. Its first line is {port, seed}, the first line out {url, key of the App}.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { createEmulator } = await import(pathToFileURL(`${process.argv[2]}/node_modules/emulate/dist/api.js`));
const lines = createInterface({ input: process.stdin });
lines.once("line", async (line) => {
  const { port, seed } = JSON.parse(line);
  const github = await createEmulator({ service: "github", port, seed });
  const secret = github.generatedSecrets.find((one) => one.kind === "github.app_private_key");
  console.log(JSON.stringify({ url: github.url, key: secret?.value ?? "" }));
});
lines.once("close", () => process.exit(0));
