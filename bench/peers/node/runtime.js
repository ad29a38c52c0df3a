// The loop of a Lambda runtime. Lambda's own for Node.js has to be compiled where it is installed.
import { Agent, request } from "node:http";

import { handler } from "./login.js";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const options = { agent, host, port, method, headers, path: `/2018-06-01/runtime/invocation/${path}` };
    const sent = request(options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function run() {
  for (;;) {
    const invocation = await call("GET", "next");
    const id = invocation.headers["lambda-runtime-aws-request-id"];
    const answer = await handler(JSON.parse(invocation.body));
    await call("POST", `${id}/response`, JSON.stringify(answer));
  }
}

run();
